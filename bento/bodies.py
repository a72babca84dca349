"""What request bodies hold: JSON objects or forms, with known fields and no addresses."""

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
        for name in route.uploads:
            if len(form.getlist(name)) > 1:
                raise Refused(400, "two files where one is expected", name, "send one of them")
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


def _check_name(field: str, filename: str) -> None:
    if len(filename.encode()) > 150 or not filename.isprintable() or set(filename) & {"/", "\\"}:
        raise Refused(400, "an impossible file name", field, "give the file a plain, short name")


def _check_names(content: dict[str, Any], fields: tuple[str, ...]) -> None:
    for name in content:
        if name not in fields:
            near = get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(fields)}"
            raise Refused(400, f"unknown field {name[:80]!r}", "request", hint)
