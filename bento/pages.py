"""What the service answers to GET: its page, its models, its description, and sample files."""

import os
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

import thermocline.predict as predict
from bento import about
from bento.examples import sample
from bento.openapi import document
from bento.page_files import page_file, page_files
from bento.replies import refusal
from bento.routes import routes
from bento.tasks import addresses
from thermocline import systems
from thermocline.registry.origin.record import LINEAGE, read_lineage


def _served() -> dict[str, predict.ServedModel]:
    """The models of this service by system."""
    models: dict[str, predict.ServedModel] = bentoml.get_current_service().models
    return models


def described(models: dict[str, predict.ServedModel]) -> list[dict[str, Any]]:
    """Every system: which model of it is served, or None, and its endpoints."""
    return [
        {
            "system": name,
            "title": systems.get(name).title,
            "endpoints": [f"/{one.route}" for one in systems.get(name).endpoints],
            "model": models[name].identity.to_dict() if name in models else None,
        }
        for name in systems.names()
    ]


def _models(request: Request) -> Response:
    return JSONResponse({"systems": described(_served())})


def _lineage(request: Request) -> Response:
    """Of every model that answers: its run, code and data, down to the raw files."""
    found = []
    for system, served in _served().items():
        known = served.folder is not None and (served.folder / LINEAGE).is_file()
        record = read_lineage(served.folder) if known and served.folder else None
        chain = record.model_dump(mode="json") if record else None
        found.append({"system": system, "model": served.identity.to_dict(), "lineage": chain})
    return JSONResponse({"systems": found})


def _docs(request: Request) -> Response:
    return JSONResponse(document(_served()))


def _about(request: Request) -> Response:
    models = _served()
    token = bool(os.environ.get("THERMOCLINE_TOKEN"))
    base = str(request.base_url).rstrip("/")
    content = about.html(described(models), models, document(models), base, token)
    return HTMLResponse(content, headers=about.HEADERS)


def _sample(request: Request) -> Response:
    route = routes().get(f"/{request.path_params['route']}")
    if route is None:
        return JSONResponse(refusal("no such sample", "address", "see /"), 404)
    content = sample(route, _served().get(route.system), request.path_params["field"])
    if content is None:
        return JSONResponse(refusal("no such sample", "address", "see /"), 404)
    return Response(content, media_type="application/x-netcdf")


pages = Starlette(
    routes=[
        *(Route(address, page_file) for address in page_files()),
        Route("/about", _about),
        Route("/models", _models),
        Route("/lineage", _lineage),
        Route("/docs.json", _docs),
        Route("/samples/{route}/{field}.nc", _sample),
        *addresses.ROUTES,
    ]
)
