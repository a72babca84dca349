"""What reaches the service: an ASGI middleware that refuses the rest, each with its reason.

It looks before BentoML does, because BentoML would fetch a URL given where a file is expected,
and would read a body of any size. Bodies are JSON or multipart forms, of limited size; form
fields called `file` must be files. With THERMOCLINE_TOKEN set, requests need it as a bearer token.
"""

import hmac
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from difflib import get_close_matches
from io import BytesIO
from typing import Any

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bento.replies import refusal, uniform

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

MAX_BODY = 32 * 2**20
"""Bytes of a request body."""

MAX_OBSERVATIONS = 200_000
FIELDS = ("date", "observations", "file", "members", "seed", "format")
OPEN_PATHS = ("/livez", "/readyz", "/healthz")
DRAIN = 16 * MAX_BODY


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, what: str, where: str = "", fix: str = ""):
        self.status, self.body = status, refusal(what, where, fix)
        super().__init__(what)


class Guard:
    """ASGI middleware; see this module's docstring."""

    def __init__(self, app: App, token: str | None = None):
        self.app = app
        self.token = token if token is not None else os.environ.get("THERMOCLINE_TOKEN", "")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Check the request, then hand it on; give every error the one form."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._authorise(scope)
            if scope["method"] in ("GET", "HEAD", "OPTIONS"):
                replay = receive
            else:
                replay = await self._checked(scope, receive)
        except Refused as refused:
            await _answer(send, refused.status, refused.body)
            return
        await self.app(scope, replay, Uniform(send))

    def _authorise(self, scope: Message) -> None:
        if not self.token or scope["path"] in OPEN_PATHS:
            return
        given = Headers(scope=scope).get("authorization", "")
        if not hmac.compare_digest(given.encode("latin-1"), f"Bearer {self.token}".encode()):
            raise Refused(
                401,
                "no valid token",
                "header Authorization",
                "send the header `Authorization: Bearer <token>`",
            )

    async def _checked(self, scope: Message, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        media = headers.get("content-type", "application/json").split(";")[0].strip().lower()
        if media not in ("application/json", "multipart/form-data"):
            await _drain(receive)
            raise Refused(
                415,
                f"content type {media!r}",
                "header Content-Type",
                "send application/json, or a multipart/form-data upload",
            )
        if headers.get("content-encoding", "identity").lower() != "identity":
            await _drain(receive)
            raise Refused(415, "an encoded body", "header Content-Encoding", "send it as it is")
        body = await _read(headers, receive)
        if scope["path"] == "/reconstruct":
            if media == "application/json":
                _check_json(body)
            else:
                await _check_form(headers, body)
        return _replay(body, receive)


async def _read(headers: Headers, receive: Receive) -> bytes:
    """The body, if it is not too large; a larger one is read to its end but not kept."""
    too_large = Refused(
        413,
        f"a body of more than {MAX_BODY // 2**20} MB",
        "body",
        f"send at most {MAX_OBSERVATIONS:,} observations, of one month",
    )
    declared = headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > MAX_BODY:
        await _drain(receive)
        raise too_large
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "the connection closed before the body's end", "body")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            chunks.clear()
            await _drain(receive)
            raise too_large
        if not message.get("more_body"):
            return b"".join(chunks)


async def _drain(receive: Receive) -> None:
    """Read on, up to a bound, so that the client hears the answer instead of a broken pipe."""
    size = 0
    while size < DRAIN:
        message = await receive()
        size += len(message.get("body", b"")) or 1
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _check_json(body: bytes) -> None:
    import orjson

    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Refused(
            400, f"not JSON: {problem}", "body", "send a JSON object; NaN is not JSON"
        ) from None
    if not isinstance(content, dict):
        raise Refused(400, "not a JSON object", "body", 'send {"date": …, "observations": […]}')
    _check_names(content)
    if "file" in content:
        raise Refused(
            400,
            "a file inside JSON",
            "file",
            "upload files as multipart/form-data; none is fetched",
        )
    observations = content.get("observations")
    if isinstance(observations, list) and len(observations) > MAX_OBSERVATIONS:
        raise Refused(
            413,
            f"{len(observations):,} observations; at most {MAX_OBSERVATIONS:,} are accepted",
            "observations",
            "send one month at a time, or thin them",
        )


async def _check_form(headers: Headers, body: bytes) -> None:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        parser = MultiPartParser(headers, stream(), max_files=1, max_fields=16)
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
        _check_names(dict(form.multi_items()))
        for name, value in form.multi_items():
            is_file = isinstance(value, UploadFile)
            if name == "file" and not is_file:
                raise Refused(
                    400,
                    "text where a file is expected",
                    "file",
                    "upload the file itself; addresses are not fetched",
                )
            if name != "file" and is_file:
                raise Refused(400, "a file where text is expected", name, "send it as `file`")
            if isinstance(value, UploadFile):
                _check_name(value.filename or "")
    finally:
        await form.close()


def _check_name(filename: str) -> None:
    if len(filename.encode()) > 150 or not filename.isprintable():
        raise Refused(400, "an impossible file name", "file", "give the file a plain, short name")


def _check_names(content: dict[str, Any]) -> None:
    for name in content:
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FIELDS)}"
            raise Refused(400, f"unknown field {name[:80]!r}", "request", hint)


def _replay(body: bytes, receive: Receive) -> Receive:
    stream = BytesIO(body)
    step = 2**20

    async def replay() -> Message:
        if stream.tell() > len(body) or (stream.tell() == len(body) and body):
            return await receive()
        chunk = stream.read(step)
        more = stream.tell() < len(body)
        if not body:
            stream.seek(1)  # an empty body is told once
        return {"type": "http.request", "body": chunk, "more_body": more}

    return replay


class Uniform:
    """A `send` that gives error responses the one form; others pass unchanged."""

    def __init__(self, send: Send):
        self.send, self.status, self.body = send, 0, b""

    async def __call__(self, message: Message) -> None:
        """Pass the message on, or keep an error's parts until its end."""
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self.status = message["status"]
        elif self.status and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await _answer(self.send, self.status, uniform(self.status, self.body))
        else:
            await self.send(message)


async def _answer(send: Send, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
