"""What request bodies hold: JSON objects or forms, with known fields and no addresses."""

import asyncio
import json
from collections.abc import AsyncGenerator
from difflib import get_close_matches
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bento.limits import STEP
from bento.refusals import Refused
from bento.routes import Route


def check_json(body: bytes, route: Route) -> None:
    """Raises Refused for what is no JSON object of the route's fields, or has too long a list."""
    _check_values(body, route)
    content = _parsed(body)
    if not isinstance(content, dict):
        raise Refused(400, "not a JSON object", "body", f"send one with {', '.join(route.fields)}")
    _check_names(content, route.fields)
    for name, value in content.items():
        _check_length(name, value, route)
    for name in route.uploads:
        if name in content:
            raise Refused(
                400,
                "a file inside JSON",
                name,
                "upload files as multipart/form-data; none is fetched",
            )
    known = route.endpoint.Request.model_fields
    for name, value in content.items():
        if isinstance(value, bool) and name in known and known[name].annotation is not bool:
            raise Refused(400, "a boolean is no number and no text", name, "write a value")
    _check_once(body)


def _parsed(body: bytes) -> Any:
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Refused(
            400, f"not JSON: {problem}", "body", "send a JSON object; NaN is not JSON"
        ) from None


def _check_values(body: bytes, route: Route) -> None:
    """Raises Refused for more values than any question has, before an object is made of each.

    In JSON a value follows a comma, or is the first of a list or an object. Commas within texts
    are counted, too: no field's text has many.
    """
    if sum(body.count(sign) for sign in (b",", b"[", b"{")) > route.most_values:
        each = [f"{most:,} {name}" for name, most in route.lists.items()]
        what = f"; at most {' and '.join(each)} are accepted" if each else ""
        raise Refused(
            413,
            f"more than {route.most_values:,} values{what}",
            " or ".join(route.lists) or "body",
            route.endpoint.smaller,
        )


def _check_length(name: str, value: Any, route: Route) -> None:
    most = route.lists.get(name)
    if isinstance(value, list) and most is not None and len(value) > most:
        raise Refused(
            413,
            f"{len(value):,} {name}; at most {most:,} are accepted",
            name,
            route.endpoint.smaller,
        )


def _check_text(name: str, text: str, route: Route) -> None:
    """Raises Refused for a form's text that will be read as JSON, and is as bad as such a body."""
    body = text.encode("utf-8", "replace")
    _check_values(body, route)
    try:
        value = json.loads(body)
    except json.JSONDecodeError:
        return  # it is text
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        raise Refused(400, "neither a text nor a value", name, "send a plain one") from None
    _check_length(name, value, route)
    _check_once(body)


async def check_form(headers: Headers, body: bytes, route: Route) -> None:
    """Raises Refused for what is no form of the route's fields, with files where files belong."""

    async def stream() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body) or 1, STEP):
            yield body[start : start + STEP]
            await asyncio.sleep(0)  # others have their turn

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
            else:
                _check_text(name, value, route)
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
