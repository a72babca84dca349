"""BentoML's methods of a service, made from the requests of endpoints."""

import asyncio
from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import bentoml
from _bentoml_impl.serde import ALL_SERDE, JSONSerde
from pydantic import Field
from pydantic_core import PydanticUndefined
from starlette.requests import Request
from starlette.responses import Response

from bento.forms import FORM
from bento.limits import SMALL
from bento.routes import TASKS, Route, routes
from thermocline.answers.request import uploads
from thermocline.systems.endpoint import Endpoint

Class = TypeVar("Class", bound=type)


class InAThread(JSONSerde):
    """BentoML's reader of JSON, which validates large bodies in a thread: that takes seconds."""

    async def parse_request(self, request: Request, cls: Any) -> Any:
        """The fields of a request."""
        body = await request.body() or b"{}"
        if len(body) <= SMALL:
            return cls.model_validate_json(body)
        return await asyncio.to_thread(cls.model_validate_json, body)


def with_endpoints(service: Class) -> Class:
    """Give a class two BentoML methods for every endpoint: one answers, one makes a task of it."""
    ALL_SERDE[JSONSerde.media_type] = InAThread
    for address, route in routes().items():
        for prefix, how in (("", service.ask), (TASKS, service.submit)):  # type: ignore[attr-defined]
            method = _method(route, how, prefix)
            setattr(service, method.__name__, bentoml.api(route=f"{prefix}{address}")(method))
    return service


def _method(route: Route, how: Callable[..., Response], prefix: str) -> Callable[..., Any]:
    """A method whose signature has the fields of the request, as BentoML reads them."""
    endpoint = route.endpoint

    def method(self: Any, **values: Any) -> Any:
        return how(self, route, **values)

    method.__name__ = f"{prefix}{endpoint.route}".strip("/").replace("-", "_").replace("/", "_")
    method.__doc__ = f"{endpoint.summary}\n\n{endpoint.details}"
    own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [own, *_parameters(endpoint)]
    method.__signature__ = Signature(parameters, return_annotation=Any)  # type: ignore[attr-defined]
    return method


def _parameters(endpoint: Endpoint) -> list[Parameter]:
    form = Annotated[Literal["json", "netcdf", "zarr"] | None, Field(description=FORM)]
    fields: dict[str, tuple[Any, Any]] = {"format": (form, None)}
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
