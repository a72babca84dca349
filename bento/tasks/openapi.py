"""Tasks in the OpenAPI document."""

from typing import Any

from bento.forms import FILES, FORM, FORMS
from bento.routes import FIELD
from bento.tasks.records import ENDED, OPEN

TASK = {"application/json": {"schema": {"$ref": "#/components/schemas/Task"}}}
ANSWER: dict[str, Any] = {
    **{media: {} for media in FILES.values()},
    "application/json": {"schema": {"type": "object"}},
}
NUMBERS: dict[str, Any] = {"application/octet-stream": {}}
JSON: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
STREAM: dict[str, Any] = {"text/event-stream": {}}


def about_tasks() -> dict[str, dict[str, Any]]:
    """What is asked about one task, by what follows its address."""
    form = {
        "name": "format",
        "in": "query",
        "description": f"{FORM}; else {FORMS[0]}",
        "schema": {"enum": list(FORMS)},
    }
    cancel = _asked("cancel", "Ends a task; work on it stops after the step being made", TASK)
    stream = "The task whenever it changes, until it has ended: server-sent events"
    result = _asked("task-result", "The answer, as if asked for at once", ANSWER, 400, 406, 409)
    fields = _asked("fields", "Variables, coordinates and attributes of the answer", JSON, 409)
    slices = (
        "Little-endian float32 of a variable, NaN where it has no value; `X-Shape` is its shape"
    )
    values = _asked("field", slices, NUMBERS, 400, 409, 422)
    index = {
        "name": "index",
        "in": "query",
        "description": "A number for each dim that is fixed, by the dim's name; `stride` takes "
        "every so-many-th row and column",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
    }
    variable = {"name": "variable", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "": {"get": _asked("task", "How far a task is", TASK), "delete": cancel},
        "/events": {"get": _asked("task-events", stream, STREAM)},
        "/result": {"get": result | {"parameters": [*result["parameters"], form]}},
        "/fields": {"get": fields},
        FIELD: {"get": values | {"parameters": [*values["parameters"], variable, index]}},
    }


def _asked(name: str, summary: str, content: dict[str, Any], *refused: int) -> dict[str, Any]:
    task = {"name": "task", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [task],
        "responses": {"200": {"description": summary, "content": content}}
        | {
            f"{status}": {"$ref": f"#/components/responses/{status}"}
            for status in (*refused, 401, 404, 503)
        },
    }


def task_schema() -> dict[str, Any]:
    """The schema of a task."""
    time = {"type": "string", "format": "date-time"}
    properties = {
        "task": {"type": "string", "description": "Its id; whoever has it may ask about it"},
        "route": {"type": "string", "description": "The endpoint that it asks"},
        "status": {"enum": [*OPEN, *ENDED]},
        "step": {"type": "integer", "description": "Parts of the work that are done"},
        "steps": {"type": ["integer", "null"], "description": "of so many, once that is known"},
        "created": time,
        "expires": {"anyOf": [time, {"type": "null"}], "description": "Kept until then"},
    }
    error = {"$ref": "#/components/schemas/Refusal/properties/error"}
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties | {"error": error | {"description": "Why it failed"}},
    }
