"""A question to a model, and its answer: a CF dataset that says who answered."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermocline.answers.given import as_files_and_rows
from thermocline.answers.mistakes import told as mistaken
from thermocline.answers.request import uploads
from thermocline.answers.warnings import warnings_of
from thermocline.errors import BadData, BadFile
from thermocline.predict.asked import asked, digest
from thermocline.predict.identity import ServedModel
from thermocline.sources.account import ATTRIBUTE as ACCOUNT
from thermocline.sources.account import Account
from thermocline.systems import get
from thermocline.systems.endpoint import Endpoint, Options
from thermocline.systems.progress import watched

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

FACTS = ("name", "version", "digest", "data_digest", "git_commit", "verdict", "baseline_verdict")
"""What an answer says of the model: its global attributes `model_<fact>`."""


def endpoints(served: ServedModel) -> tuple[Endpoint, ...]:
    """The questions that a model answers."""
    return get(served.system).endpoints


def endpoint_of(served: ServedModel, route: str = "") -> Endpoint:
    """The model's endpoint of a route, which may be left out if there is one; raises BadData."""
    own = {one.route: one for one in endpoints(served)}
    if (route or len(own) != 1) and route not in own:
        raise BadData(
            f"a model of the system {served.system!r} does not {route!r}"
            if route
            else "what is asked is not said",
            where="route",
            fix=f"ask for {', '.join(own)}",
        )
    return own[route or next(iter(own))]


def question(endpoint: Endpoint, **values: Any) -> "BaseModel":
    """A request of an endpoint.

    Args:
        values: fields of `endpoint.Request`.

    Raises:
        BadData: naming the field that is unknown, missing or impossible.
    """
    from pydantic import ValidationError

    try:
        return endpoint.Request(**values)
    except ValidationError as problem:
        fields = endpoint.Request.model_fields
        known = {name: field.description or "" for name, field in fields.items()}
        what, where, fix = mistaken(problem.errors(), known)
        raise BadData(what, where=where, fix=fix) from None


def answer(
    served: ServedModel,
    endpoint: Endpoint,
    request: "BaseModel",
    options: Options | None = None,
) -> "xr.Dataset":
    """A model's answer, in physical units, with who gave it: the part that the request wants.

    Raises:
        BadFile: if the model is of a system that has no such endpoint, or for an unreadable upload.
        ThermoclineError: whatever else the endpoint finds wrong with the question.
    """
    return answer_beside(served, endpoint, request, options, compare=False)[0]


def answer_beside(
    served: ServedModel,
    endpoint: Endpoint,
    request: "BaseModel",
    options: Options | None = None,
    *,
    compare: bool = True,
) -> "tuple[xr.Dataset, xr.Dataset | None]":
    """`answer`, and what the endpoint compares it with, on the same cells; None if nothing."""
    from thermocline.answers.view import told, view

    own = endpoints(served)
    if endpoint not in own:
        raise BadFile(
            f"this is a model of the system {served.system!r}, which does not {endpoint.route}",
            where=f"{served.identity.name} version {served.identity.version}",
            fix=f"ask it to {' or '.join(one.route for one in own)}, or name another model",
        )
    options = options or Options()
    with watched(options.progress):
        whole = endpoint.answer(served.model, request, options)
        beside = None
        if compare and endpoint.comparison is not None:
            beside = endpoint.comparison(served.model, request, whole)
    wanted = view(request, whole)
    signed = sign(served, told(request, wanted(whole)))
    signed.attrs["request_digest"] = digest(asked(endpoint, request))
    return signed, None if beside is None else wanted(beside)


def ask(
    served: ServedModel, route: str = "", *, options: Options | None = None, **values: Any
) -> "xr.Dataset":
    """`answer` in one call, for notebooks.

    Args:
        route: which of the model's endpoints; may be left out if there is one.
        values: fields of the endpoint's `Request`. Files may be given as xarray datasets, or as
            pandas tables with the columns that a CSV table has; lists of points as tables, too.
    """
    endpoint = endpoint_of(served, route)
    with as_files_and_rows(values, uploads(endpoint.Request)) as given:
        return answer(served, endpoint, question(endpoint, **given), options)


def sign(served: ServedModel, dataset: "xr.Dataset") -> "xr.Dataset":
    """An endpoint's dataset, with who answered in its attributes, encoded to be written."""
    from thermocline.answers.warnings import beyond_bounds, warn
    from thermocline.ocean.cf import coverage, encode

    warn(dataset, *beyond_bounds(dataset))
    who = served.identity
    said = ": ".join(
        filter(None, (f"{who.name} version {who.version}", dataset.attrs.get("source")))
    )
    dataset.attrs["source"] = said
    dataset.attrs |= {f"model_{fact}": getattr(who, fact) for fact in FACTS}
    dataset.attrs |= coverage(dataset)
    encode(dataset)
    return dataset


def describe(endpoint: Endpoint, dataset: "xr.Dataset") -> dict[str, Any]:
    """An answer in numbers, to read without opening the field: plain JSON.

    Besides what the endpoint says: the `model` that answered, the digest of the request,
    `warnings`, and, where the endpoint keeps one, the `account` of what was given and used.
    """
    said = endpoint.describe(dataset)
    said["model"] = {fact: str(dataset.attrs[f"model_{fact}"]) for fact in FACTS}
    said["request_digest"] = str(dataset.attrs.get("request_digest", ""))
    said["warnings"] = warnings_of(dataset)
    if ACCOUNT in dataset.attrs:
        said["account"] = Account.from_json(dataset.attrs[ACCOUNT]).to_dict()
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    """Without NaN and infinities, which JSON has not: None, where a figure is of no cell."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def lines(endpoint: Endpoint, said: Mapping[str, Any]) -> list[str]:
    """What `describe` gives, for people: the answer, its account, and its warnings."""
    first, *rest = endpoint.print(said)
    account: list[str] = []
    if "account" in said:
        counted, *account = Account.from_dict(said["account"]).lines()
        # Nothing was held where all that was given is of another kind, such as fields alone.
        first = f"{first}, {counted}" if said["account"]["held"] else first
    return [first, *account, *rest, *(f"warning: {one}" for one in said["warnings"])]
