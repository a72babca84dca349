"""The service: one address for every endpoint of every system, made from its request.

`bentoml serve bento.service:Thermocline` serves the registered champions; a built Bento serves the
models inside it; THERMOCLINE_MODEL and THERMOCLINE_MODEL_<SYSTEM> (a folder, or models:/NAME@ALIAS,
each) override both. What there is no model for is answered with 503.
"""

import logging
import os
import sys
from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

ROOT = Path(__file__).resolve().parents[1]
if (ROOT / "src" / "thermocline").is_dir():  # inside a Bento the package comes along, uninstalled
    sys.path.insert(0, str(ROOT / "src"))

# No upload is unpacked by a plugin: HDF5 reads this when it starts, and then looks for none.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"

import bentoml  # noqa: E402
from pydantic import Field  # noqa: E402
from pydantic_core import PydanticUndefined  # noqa: E402
from starlette.responses import JSONResponse, Response  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

import thermocline.predict as predict  # noqa: E402
from bento.answers import answer, refused  # noqa: E402
from bento.guard import Guard  # noqa: E402
from bento.limits import ADMITTED, READ, TIMEOUT, Turns  # noqa: E402
from bento.logs import Logged, quiet_refusals  # noqa: E402
from bento.models import find_models  # noqa: E402
from bento.pages import pages  # noqa: E402
from bento.replies import none_served  # noqa: E402
from bento.routes import Route, routes  # noqa: E402
from thermocline.concurrency import taking_turns  # noqa: E402
from thermocline.errors import ThermoclineError, withholding  # noqa: E402
from thermocline.systems.protocol import Endpoint, Options  # noqa: E402
from thermocline.systems.request import uploads  # noqa: E402

logger = logging.getLogger("thermocline.service")
Class = TypeVar("Class", bound=type)


def with_endpoints(service: Class) -> Class:
    """Give a class one BentoML method for every endpoint."""
    for route in routes().values():
        method = _method(route)
        setattr(service, method.__name__, bentoml.api(route=f"/{route.endpoint.route}")(method))
    return service


def _method(route: Route) -> Callable[..., Any]:
    """A method whose signature has the fields of the request, as BentoML reads them."""
    endpoint = route.endpoint

    def method(self: "Thermocline", **values: Any) -> Any:
        return self.ask(route, **values)

    method.__name__ = endpoint.route.replace("-", "_")
    method.__doc__ = f"{endpoint.summary}\n\n{endpoint.details}"
    own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [own, *_parameters(endpoint)]
    method.__signature__ = Signature(parameters, return_annotation=Any)  # type: ignore[attr-defined]
    return method


def _parameters(endpoint: Endpoint) -> list[Parameter]:
    form = Annotated[Literal["json", "netcdf"], Field(description="The answer's form")]
    fields: dict[str, tuple[Any, Any]] = {"format": (form, endpoint.default_format)}
    files = uploads(endpoint.Request)
    for name, field in endpoint.Request.model_fields.items():
        # BentoML 1.4 cannot say that a file is optional; an absent one is None all the same.
        kind = Path if name in files else field.annotation
        about = Field(description=field.description)
        default = Parameter.empty if field.default is PydanticUndefined else field.default
        metadata = () if name in files else tuple(field.metadata)
        fields[name] = (Annotated[(kind, about, *metadata)], default)
    fields["format"] = fields.pop("format")  # the last
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, (kind, default) in fields.items()
    ]


@bentoml.service(
    name="thermocline",
    workers=1,
    resources={"gpu": 1},
    threads=ADMITTED,  # each request that is inside has one; they wait for their turn in it
    traffic={"timeout": TIMEOUT + READ + 60},  # the guard's own limits come first
    logging={"access": {"enabled": False}},
    http={"host": "127.0.0.1", "port": 3000},
)
@bentoml.asgi_app(pages, path="/")
@with_endpoints
class Thermocline:
    """Complete ocean fields with trustworthy uncertainty."""

    def __init__(self) -> None:
        self.models = find_models(ROOT)
        self.turns = Turns()
        quiet_refusals()
        # The same bytes whatever else runs: work of other requests changes BLAS's limit, too.
        threadpool_limits(1, user_api="blas")
        for system, served in self.models.items():
            who = served.identity
            logger.info("serving %s: %s version %s", system, who.name, who.version)

    def ask(self, route: Route, *, format: str, **values: Any) -> Response:
        """The answer to a request, or its refusal."""
        served, endpoint = self.models.get(route.system), route.endpoint
        if served is None:
            return JSONResponse(none_served(route.system), 503)
        try:
            request = predict.question(endpoint, **values)
            with withholding(), taking_turns(self.turns.of(endpoint.one_at_a_time)):
                options = Options(most_values=endpoint.most_values)
                dataset = predict.answer(served, endpoint, request, options)
        except ThermoclineError as problem:
            return refused(problem, {name: values.get(name) for name in route.uploads})
        return answer(dataset, served, format, endpoint)


Thermocline.add_asgi_middleware(Logged)  # type: ignore[attr-defined]
Thermocline.add_asgi_middleware(Guard)  # type: ignore[attr-defined]
