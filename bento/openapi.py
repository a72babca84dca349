"""The service in OpenAPI 3.1, made from its routes and their requests."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

import thermocline.predict as predict
from bento.examples import fields
from bento.forms import FORM, FORMS
from bento.routes import ONE_TASK, TASKS, Route, routes
from bento.tasks.openapi import ANSWER, TASK, about_tasks, task_schema

SCHEMAS = "#/components/schemas/"
STATUSES = {
    400: "A field, or the body, is not what it has to be",
    401: "No valid token, where the service wants one",
    404: "No such address, or no such task",
    405: "A method that the address does not take; `Allow` says which it does",
    406: "`Accept` allows no form that the answer has",
    409: "A task that has no answer, or none yet",
    408: "The body did not come to its end in time",
    413: "The body, or a list in it, is too large",
    415: "Neither JSON nor a multipart form, or JSON where a file is expected",
    422: "Observations or a file that cannot be used",
    429: "Too many requests at once; `Retry-After` says when to send it again",
    500: "An error of the service",
    503: "No model of the system is served, or too many large bodies; see `Retry-After`",
    504: "The answer took too long",
}
PAGES = {
    "/": ("The page: questions, and their answers on maps", "text/html"),
    "/about": ("Models, and a command for each question", "text/html"),
    "/models": ("The models that are served", "application/json"),
    "/lineage": ("Where they come from: run, code and data", "application/json"),
    "/docs.json": ("This document", "application/json"),
    "/livez": ("200 while the service runs", "text/plain"),
    "/readyz": ("200 once models are loaded; 503 while their registry is away", "text/plain"),
    "/metrics": ("Figures for Prometheus", "text/plain"),
}


def document(models: Mapping[str, predict.ServedModel]) -> dict[str, Any]:
    """The document; examples are of the served models, by system."""
    requests = {name: route.endpoint.Request for name, route in routes().items()}
    keys, definitions = models_json_schema(
        [(request, "validation") for request in requests.values()],
        ref_template=SCHEMAS + "{model}",
    )
    schemas: dict[str, Any] = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for address, route in routes().items():
        name = keys[requests[address], "validation"]["$ref"].removeprefix(SCHEMAS)
        example = fields(route, models.get(route.system))
        asked = _operation(route, schemas.pop(name), example)
        paths[address] = {"post": asked}
        paths[f"{TASKS}{address}"] = {"post": _submitted(address, asked)}
    for address, (summary, media) in PAGES.items():
        paths[address] = {"get": _page(address, summary, media)}
    paths |= {f"{ONE_TASK}{rest}": each for rest, each in about_tasks().items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Thermocline",
            "version": version("thermocline"),
            "description": "Complete ocean fields, with their uncertainty, from sparse or coarse "
            "observations.",
        },
        "paths": paths,
        "security": [{}, {"token": []}],
        "components": {
            "schemas": schemas | {"Refusal": _refusal(), "Task": task_schema()},
            "responses": {f"{status}": _error(status) for status in STATUSES},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, request: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    endpoint = route.endpoint
    form = {
        "enum": list(FORMS),
        "description": f"{FORM}, or else {endpoint.default_format}",
    }
    every = request["properties"] | {"format": form}
    plain = {name: field for name, field in every.items() if name not in route.uploads}
    files = {
        name: {"contentMediaType": "application/octet-stream"}
        | {"description": every[name].get("description", "")}
        for name in route.uploads
    }
    schema = {"type": "object", "additionalProperties": False}
    needed = {"required": request["required"]} if request.get("required") else {}
    encoded = [name for name, field in plain.items() if "$ref" in str(field)]
    body: dict[str, Any] = {
        "multipart/form-data": {
            "schema": schema | needed | {"properties": files | plain},
            "encoding": {name: {"contentType": "application/json"} for name in encoded},
        }
    }
    if route.needs_file:
        body["multipart/form-data"]["example"] = example
    else:
        json: dict[str, Any] = {
            "schema": schema | needed | {"properties": plain},
            "example": example,
        }
        body = {"application/json": json} | body
    return {
        "operationId": endpoint.route,
        "summary": endpoint.summary,
        "description": endpoint.details,
        "requestBody": {"required": True, "content": body},
        "responses": {
            "200": {"description": "The answer, as `format` or `Accept` asks", "content": ANSWER}
        }
        | {f"{one}": {"$ref": f"#/components/responses/{one}"} for one in STATUSES if one != 409},
    }


def _submitted(address: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The same request, made a task."""
    where = {"Location": {"description": "The task's address", "schema": {"type": "string"}}}
    kept = {"description": "The task is queued", "headers": where, "content": TASK}
    plain = ("200", "406")  # whose form is asked for with the result
    refused = {status: each for status, each in asked["responses"].items() if status not in plain}
    return {
        "operationId": f"task-{asked['operationId']}",
        "summary": asked["summary"],
        "description": "The same as a task: worked on after the answer to this request.",
        "requestBody": {"$ref": f"#/paths/~1{address.strip('/')}/post/requestBody"},
        "responses": {"202": kept} | refused,
    }


def _page(address: str, summary: str, media: str) -> dict[str, Any]:
    responses = {"200": {"description": summary, "content": {media: {}}}}
    refused = {f"{status}": {"$ref": f"#/components/responses/{status}"} for status in (401, 405)}
    name = address.strip("/").replace(".json", "") or "page"
    return {"operationId": name, "summary": summary, "responses": responses | refused}


def _error(status: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"{SCHEMAS}Refusal"}}}
    said: dict[str, Any] = {"description": STATUSES[status], "content": content}
    if status in (429, 503):
        about = {"description": "Seconds to wait", "schema": {"type": "integer"}}
        said["headers"] = {"Retry-After": about}
    if status == 405:
        said["headers"] = {"Allow": {"schema": {"type": "string"}}}
    return said


def _refusal() -> dict[str, Any]:
    """The schema of every error's body."""
    text = {
        "what": "What is wrong",
        "where": "The field, header or place that it was found in",
        "fix": "What to do about it",
    }
    error = {
        "type": "object",
        "required": list(text),
        "properties": {name: {"type": "string", "description": d} for name, d in text.items()},
    }
    return {"type": "object", "required": ["error"], "properties": {"error": error}}
