"""A request that goes no further, and how its refusal is sent: in the one form."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import JSONResponse

from bento.replies import refusal, uniform

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

RETRY = {429: 5, 503: 300}
"""Seconds after which a request may be sent again, unless it is said otherwise."""


class Refused(Exception):
    """A request that goes no further.

    Args:
        allow: the methods that the address takes, for 405.
        retry: seconds after which it may be sent again, for 429 and 503.

    Attributes:
        close: whether its connection is closed: half a body is left on it.
    """

    def __init__(
        self,
        status: int,
        what: str,
        where: str = "",
        fix: str = "",
        *,
        allow: tuple[str, ...] = (),
        retry: int | None = None,
    ):
        self.status, self.body = status, refusal(what, where, fix)
        self.allow, self.retry, self.close = allow, retry, status == 408
        super().__init__(what)


def none_served(system: str) -> Refused:
    """There is no model of a system."""
    return Refused(
        503,
        f"no model of the system {system!r} is served here",
        "this service",
        "the operator finds the reason in the service's log. A model whose registry is away is "
        "looked for again; else train and promote a model (`dvc repro`, `thermocline models "
        f"promote --system {system}`) or name its folder (THERMOCLINE_MODEL), and start "
        "the service again",
    )


def no_tasks() -> Refused:
    """The service has no place for tasks: its log says why."""
    return Refused(
        503,
        "this service takes no tasks now",
        "this service",
        "send the request without /tasks; the operator finds the reason in the service's log",
    )


def ends() -> Refused:
    """The service is stopped before a request was answered."""
    what, fix = "this service is being stopped", "send the request again"
    return Refused(503, what, "this service", fix, retry=30)


def response(refused: Refused) -> JSONResponse:
    """A refusal as an answer of an address."""
    headers = {} if refused.retry is None else {"Retry-After": str(refused.retry)}
    return JSONResponse(refused.body, refused.status, headers=headers)


async def send_refusal(send: Send, refused: Refused) -> None:
    """Answer with a refusal, and close the connection if that is asked for."""
    headers = {}
    if refused.allow:
        headers["allow"] = ", ".join(refused.allow)
    if refused.retry is not None:
        headers["retry-after"] = str(refused.retry)
    if refused.close:
        headers["connection"] = "close"
    await send_error(send, refused.status, refused.body, headers)


async def send_error(
    send: Send, status: int, content: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    """Send an error's body, as JSON, with the headers that its status asks for."""
    body = json.dumps(content).encode()
    every = {"content-type": "application/json", "content-length": str(len(body))}
    if status == 401:
        every["www-authenticate"] = "Bearer"
    if status in RETRY:
        every["retry-after"] = str(RETRY[status])
    raw = [(k.encode(), v.encode()) for k, v in (every | (headers or {})).items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


class Uniform:
    """A `send` that gives error responses the one form; others pass unchanged.

    Attributes:
        begun: whether an answer has begun.
        closed: set when another answer was sent in its place; then it sends nothing more.
    """

    def __init__(self, send: Send):
        self.send, self.status, self.body = send, 0, b""
        self.kept: dict[str, str] = {}
        self.begun = self.closed = False

    async def __call__(self, message: Message) -> None:
        """Pass the message on, or keep an error's parts until its end."""
        if self.closed:
            return
        self.begun = True
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self.status = message["status"]
            said = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            self.kept = {name: said[name] for name in ("retry-after",) if name in said}
        elif self.status and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                body = uniform(self.status, self.body)
                await send_error(self.send, self.status, body, self.kept)
        else:
            await self.send(message)
