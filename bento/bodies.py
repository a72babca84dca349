"""What request bodies hold: JSON objects or forms, with known fields and no addresses."""

import json
from collections.abc import AsyncGenerator
from difflib import get_close_matches
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bento.refusals import Refused
from bento.routes import Route


def check_json(body: bytes, route: Route) -> None:
    """Raises Refused for what is no JSON object of the route's fields, or has too long a list."""
    import orjson

    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Refused(
            400, f"not JSON: {problem}", "body", "send a JSON object; NaN is not JSON"
        ) from None
    if not isinstance(content, dict):
        raise Refused(400, "not a JSON object", "body", f"send one with {', '.join(route.fields)}")
    _check_names(content, route.fields)
    _check_once(body)
    known = route.endpoint.Request.model_fields
    for name, value in content.items():
        if isinstance(value, bool) and name in known and known[name].annotation is not bool:
            raise Refused(400, "a boolean is no number and no text", name, "write a value")
    for name in route.uploads:
        if name in content:
            raise Refused(
                400,
                "a file inside JSON",
                name,
                "upload files as multipart/form-data; none is fetched",
            )
    for name, value in content.items():
        most = route.most(name)
        if isinstance(value, list) and most is not None and len(value) > most:
            raise Refused(
                413,
                f"{len(value):,} {name}; at most {most:,} are accepted",
                name,
                route.endpoint.smaller,
            )


async def check_form(headers: Headers, body: bytes, route: Route) -> None:
    """Raises Refused for what is no form of the route's fields, with files where files belong."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    most = max(len(route.uploads), 1)
    try:
        parser = MultiPartParser(headers, stream(), max_files=most, max_fields=16)
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, UnicodeError) as problem:
        text = getattr(problem, "message", "") or str(problem)
        raise Refused(
            400, f"not a multipart form: {text}", "body", "send fields and one file"
        ) from (None)
    try:
        if not form.multi_items():
            raise Refused(
                400, "an empty or broken multipart form", "body", "send fields and one file"
            )
        _check_names(dict(form.multi_items()), route.fields)
        for name in dict(form.multi_items()):
            if len(form.getlist(name)) > 1:
                what = (
                    "two files where one is" if name in route.uploads else "two values where one is"
                )
                raise Refused(400, f"{what} expected", name, "send one of them")
        for name, value in form.multi_items():
            is_file = isinstance(value, UploadFile)
            if name in route.uploads and not is_file:
                raise Refused(
                    400,
                    "text where a file is expected",
                    name,
                    "upload the file itself; addresses are not fetched",
                )
            if name not in route.uploads and is_file:
                known = " or ".join(f"`{each}`" for each in route.uploads)
                fix = f"send it as {known}" if known else "send text"
                raise Refused(400, "a file where text is expected", name, fix)
            if isinstance(value, UploadFile):
                _check_name(name, value.filename or "")
    finally:
        await form.close()


def _check_once(body: bytes) -> None:
    """Raises Refused for an object that has a key twice, of which readers would take the last."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Refused(400, f"{name[:80]!r} is there twice", "body", "send it once")
            seen.add(name)

    try:
        json.loads(body, object_pairs_hook=once)
    except RecursionError:
        raise Refused(400, "JSON that is nested too deeply", "body", "send plain fields") from None


def _check_name(field: str, filename: str) -> None:
    if len(filename.encode()) > 150 or not filename.isprintable() or set(filename) & {"/", "\\"}:
        raise Refused(400, "an impossible file name", field, "give the file a plain, short name")


def _check_names(content: dict[str, Any], fields: tuple[str, ...]) -> None:
    for name in content:
        if name not in fields:
            near = get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(fields)}"
            raise Refused(400, f"unknown field {name[:80]!r}", "request", hint)
