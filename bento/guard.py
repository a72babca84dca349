"""What reaches the service: an ASGI middleware that refuses the rest, each with its reason.

It looks before BentoML does, because BentoML would fetch a URL given where a file is expected,
and would read a body of any size. Bodies are JSON or multipart forms, of limited size; form
fields for files must be files. With THERMOCLINE_TOKEN set, requests need it as a bearer token.
"""

import hmac
import json
import os
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from starlette.datastructures import Headers

from bento.bodies import Message, Receive, Refused, check_form, check_json, drain, read
from bento.replies import uniform
from bento.routes import routes

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

OPEN_PATHS = ("/livez", "/readyz", "/healthz")


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
            await drain(receive)
            raise Refused(
                415,
                f"content type {media!r}",
                "header Content-Type",
                "send application/json, or a multipart/form-data upload",
            )
        if headers.get("content-encoding", "identity").lower() != "identity":
            await drain(receive)
            raise Refused(415, "an encoded body", "header Content-Encoding", "send it as it is")
        route = routes().get(scope["path"])
        if route is not None and route.needs_file and media == "application/json":
            await drain(receive)
            raise Refused(
                415, "JSON where a file is expected", "body", "upload `file` as multipart/form-data"
            )
        body = await read(headers, receive, route)
        if route is not None:
            if media == "application/json":
                check_json(body, route)
            else:
                await check_form(headers, body, route)
        return _replay(body, receive)


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
