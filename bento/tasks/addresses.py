"""What is asked about a task: how far it is, its answer, and that it end."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import bentoml
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bento import fields
from bento.answers import in_words
from bento.forms import FILES, FORMS, form
from bento.refusals import Refused, no_tasks, response
from bento.replies import status_of
from bento.routes import FIELD, ONE_TASK
from bento.tasks.records import ENDED, FINISHED, Record
from bento.tasks.tasks import Tasks
from thermocline.errors import ThermoclineError

LOOK, QUIET = 0.2, 15
"""Seconds between two looks at a task, and after which a stream says that it is still there."""

Handler = Callable[[Request, Tasks, Record], Awaitable[Response]]


def of_a_task(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler for Starlette of one that is given the task; 404 if there is none."""

    async def handle(request: Request) -> Response:
        tasks: Tasks | None = bentoml.get_current_service().tasks
        try:
            if tasks is None:
                raise no_tasks()
            record = await asyncio.to_thread(found, tasks, request.path_params["task"])
            return await handler(request, tasks, record)
        except Refused as refused:
            return response(refused)
        except ThermoclineError as problem:
            return JSONResponse(in_words(problem, {}), status_of(problem))

    return handle


def found(tasks: Tasks, task: str) -> Record:
    """A task; raises Refused (404) if there is none."""
    record = tasks.get(task)
    if record is None:
        fix = "submit the request again: tasks are kept for some hours after their end"
        raise Refused(404, "no such task", "address", fix)
    return record


def finished(record: Record) -> Record:
    """A task that has an answer; raises Refused (409) for another."""
    if record.status != FINISHED:
        fix = "submit the request again" if record.status in ENDED else "wait until it is finished"
        raise Refused(409, f"the task is {record.status}: it has no answer", "address", fix)
    return record


@of_a_task
async def _task(request: Request, tasks: Tasks, record: Record) -> Response:
    return JSONResponse(record.to_dict())


@of_a_task
async def _cancel(request: Request, tasks: Tasks, record: Record) -> Response:
    await asyncio.to_thread(tasks.cancel, record.task)
    record = await asyncio.to_thread(found, tasks, record.task)
    return JSONResponse(record.to_dict())


@of_a_task
async def _events(request: Request, tasks: Tasks, record: Record) -> Response:
    said = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = events(tasks, record.task)
    return StreamingResponse(stream, media_type="text/event-stream", headers=said)


async def events(tasks: Tasks, task: str) -> AsyncIterator[str]:
    """Server-sent events: the task whenever it changes, until it has ended."""
    last, quiet = None, 0.0
    while not tasks.book.closing.is_set():
        with suppress(Refused):  # a database that is away: the stream goes on when it is back
            record = await asyncio.to_thread(tasks.get, task)
            if record is None:
                return
            if record != last:
                last, quiet = record, 0.0
                yield f"data: {json.dumps(record.to_dict())}\n\n"
            if record.status in ENDED:
                return
        if quiet >= QUIET:
            quiet = 0.0
            yield ":\n\n"
        await asyncio.sleep(LOOK)
        quiet += LOOK


@of_a_task
async def _result(request: Request, tasks: Tasks, record: Record) -> Response:
    accept, asked = ", ".join(request.headers.getlist("accept")), request.query_params.get("format")
    wanted = form(asked, accept, FORMS[0])
    task = finished(record).task
    summary, headers = await asyncio.to_thread(tasks.book.folders.read, task, wanted)
    if wanted == "json":
        return JSONResponse(summary, headers=headers)
    file = await asyncio.to_thread(tasks.book.folders.file, task, wanted)
    return FileResponse(file, headers=headers, media_type=FILES[wanted])


@of_a_task
async def _fields(request: Request, tasks: Tasks, record: Record) -> Response:
    files = tasks.book.folders.fields(finished(record).task)
    return JSONResponse(await asyncio.to_thread(fields.description, files))


@of_a_task
async def _values(request: Request, tasks: Tasks, record: Record) -> Response:
    files = tasks.book.folders.fields(finished(record).task)
    variable, asked = request.path_params["variable"], dict(request.query_params)
    for name, text in asked.items():
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            raise Refused(400, f"the index {text[:20]!r}", name[:40], "give a whole number from 0")
    index = {name: int(text) for name, text in asked.items()}
    stride = max(1, index.pop("stride", 1))
    content, shape = await asyncio.to_thread(fields.values, files, variable, index, stride)
    said = {"X-Shape": ",".join(map(str, shape)), "Cache-Control": "private, max-age=3600"}
    return Response(content, headers=said, media_type="application/octet-stream")


ROUTES = [
    Route(ONE_TASK, _task),
    Route(ONE_TASK, _cancel, methods=["DELETE"]),
    Route(f"{ONE_TASK}/events", _events),
    Route(f"{ONE_TASK}/result", _result),
    Route(f"{ONE_TASK}/fields", _fields),
    Route(f"{ONE_TASK}{FIELD}", _values),
]
