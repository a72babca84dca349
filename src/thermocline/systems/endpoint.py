"""How people and programs ask a system's models: the same for every front end.

This module is light: nothing here imports arrays, networks or MLflow.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

Progress = Callable[[int, int], None]
"""Called with the number of finished parts of an answer, and the number of all."""


def no_progress(done: int, of: int) -> None:
    """No display."""


def lazy_object(place: str) -> Callable[[], Any]:
    """Imports an object when it is called, and returns it.

    Args:
        place: module and name, such as "thermocline.answers.request:Request".
    """
    module, _, name = place.partition(":")
    return lambda: getattr(import_module(module), name)


def lazy_function(place: str) -> Callable[..., Any]:
    """A function whose module is imported when it is called; `place` as for `lazy_object`."""
    function = lazy_object(place)
    return lambda *given, **options: function()(*given, **options)


@dataclass(frozen=True)
class Options:
    """What the front end decides about an answer, not the person who asks.

    Attributes:
        most_values: cells times members that are allowed; None for the endpoint's own limit.
        progress: called as the answer is made (see `systems.progress`); what it raises ends that.
        unfinished: a folder that belongs to this question to this model, perhaps not there yet. A
            large answer may keep finished parts in it (`answers.parts`), go on from those that a
            killed process left, and read its values from there when they are used; whoever gives
            it removes it then. None: everything is made in memory.
    """

    most_values: int | None = None
    progress: Progress = no_progress
    unfinished: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One question that a system's models answer; the same for every front end.

    The service has the address `POST /<route>`, the command line `thermocline <route>`; smoke test,
    card and documentation ask `example()`.

    Attributes:
        route: its name, such as "fill".
        summary: one sentence for `--help` and OpenAPI.
        details: more sentences for OpenAPI: what to send, what comes back.
        request: imports and returns `Request`, the pydantic model of the question, from a module
            that imports no arrays. Its fields are those of JSON and forms, and, if they are single
            values, options of the command line. Fields that are paths are uploads; `file` is the
            command's argument. Questions to ensembles derive from those of `answers.wanted`.
        answer: of a model, a `Request` and `Options`: a CF dataset in physical units, whole, with
            `<variable>_members` if the request `needs_members`: `predict.answer` gives the part
            that is wanted. Global attributes say what was asked and done; who answered is added.
            Files are read within `systems.request.reading`, which names a reader's errors.
        describe: an answer as plain JSON values; `predict.describe` adds the model.
        print: an answer as lines for people, from what `describe` gives.
        example: values of a small `Request` that this model answers, without a file.
        default_format: the form of the service's answer unless another is asked for.
        output: the file that the command writes unless another is named.
        wants: what `file` has to be, such as "a gridded NetCDF"; "" if there is no file.
        smaller: how a question that is too large is made smaller.
        most_values: cells times members that the service allows; None for no limit of its own.
        resumable: large answers keep finished parts in `Options.unfinished`, and go on from them.
        step: what follows what in a series of answers, of requests that have a `date`.
        comparison: of a model, a `Request` and its answer: fields on the answer's cells to look at
            beside it, named `<variable>_climatology`, or `<variable>_given` for what was sent.
        exclusive: the service works on such questions one after another: they need much
            memory. `answer` does its work within `concurrency.in_turn()`; what it refuses, it
            refuses before.
    """

    route: str
    summary: str
    request: "Callable[[], type[BaseModel]]"
    answer: "Callable[[Any, Any, Options], xr.Dataset]"
    describe: "Callable[[xr.Dataset], dict[str, Any]]"
    print: Callable[[Mapping[str, Any]], list[str]]
    example: Callable[[Any], dict[str, Any]]
    details: str = ""
    default_format: Literal["json", "netcdf"] = "netcdf"
    output: str = "answer.nc"
    wants: str = ""
    smaller: str = "ask for fewer members"
    most_values: int | None = None
    resumable: bool = False
    step: Literal["day", "month"] = "day"
    comparison: "Callable[[Any, Any, xr.Dataset], xr.Dataset] | None" = None
    exclusive: bool = False

    @property
    def Request(self) -> "type[BaseModel]":
        """The type of the question."""
        return self.request()


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A system's models behind MLflow's `predict`.

    Attributes:
        signature: of a contract (the content of contract.json): the `ModelSignature`.
        example: an input that MLflow tries a model with, and the parameters that go with it.
        predict: of a model, such an input and such parameters: arrays by name.
    """

    signature: Callable[[Mapping[str, Any]], Any]
    example: Callable[[], tuple[Any, dict[str, Any]]]
    predict: Callable[[Any, Any, Mapping[str, Any]], dict[str, Any]]

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Interface":
        """MLflow's `predict` asks an endpoint: a column of requests as JSON in, fields by name out.

        The fields of several requests are stacked, [N, …]; they must be of one shape.
        """

        def signature(contract: Mapping[str, Any]) -> Any:
            from mlflow.models import ModelSignature
            from mlflow.types import ColSpec, Schema

            return ModelSignature(Schema([ColSpec("string", "request")]))

        def example() -> tuple[Any, dict[str, Any]]:
            import pandas as pd

            return pd.DataFrame({"request": [json.dumps(endpoint.example(None))]}), {}

        def predict(model: Any, given: Any, params: Mapping[str, Any]) -> dict[str, Any]:
            import numpy as np

            asked = [endpoint.Request.model_validate_json(text) for text in given["request"]]
            answers = [endpoint.answer(model, each, Options()) for each in asked]
            names = [str(name) for name in answers[0].data_vars]
            return {name: np.stack([answer[name].values for answer in answers]) for name in names}

        return cls(signature=signature, example=example, predict=predict)
