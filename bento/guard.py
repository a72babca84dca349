"""What reaches the service: an ASGI middleware that refuses the rest, each with its reason.

It looks before BentoML does, because BentoML would fetch a URL given where a file is expected,
and would read a body of any size. Bodies are JSON or multipart forms, of limited size; form
fields for files must be files. With THERMOCLINE_TOKEN set, requests need it as a bearer token.
Only requests whose body is complete count among those that are inside at once.
"""

import asyncio
import hmac
import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.datastructures import Headers

from bento.bodies import check_form, check_json
from bento.ending import ENDING
from bento.forms import ACCEPT
from bento.limits import TIMEOUT, Places
from bento.logs import logger
from bento.page_files import page_files
from bento.reading import Bodies, InTime, Left, drain, replay
from bento.refusals import (
    App,
    Message,
    Receive,
    Refused,
    Send,
    Uniform,
    ends,
    send_error,
    send_refusal,
)
from bento.replies import FIXES, REASONS, uniform
from bento.routes import READ, TASKS, Route, asked, methods, of_a_task
from bento.stopping import STOP

OPEN_PATHS = ("/livez", "/readyz", "/healthz", *page_files())
"""What needs no token: probes, and the page, which asks for the token and sends it."""


class Guard:
    """ASGI middleware; see this module's docstring.

    Args:
        methods: those that each address takes; by default the service's.
        pause: seconds that a client may pause within a body.
        timeout: seconds within which an answer must begin.
        places: how many may be inside.
    """

    def __init__(
        self,
        app: App,
        token: str | None = None,
        methods: Mapping[str, tuple[str, ...]] | None = None,
        pause: float | None = None,
        timeout: float = TIMEOUT,
        places: Places | None = None,
    ):
        self.app, self.timeout = app, timeout
        self.token = token if token is not None else os.environ.get("THERMOCLINE_TOKEN", "")
        self.methods, self.places, self.bodies = methods, places or Places(), Bodies()
        self.in_time = partial(InTime, pause=pause) if pause else InTime
        self.running: set[asyncio.Future[None]] = set()
        self.handling: set[asyncio.Task[Any]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Check the request, then hand it on; give every error the one form."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer, task = Uniform(send), asyncio.current_task()
        if self.loop is None:
            self.loop = asyncio.get_running_loop()
            ENDING.late.append(self.end)
        if task is not None:
            self.handling.add(task)
        try:
            await self._handle(scope, receive, answer)
        except Refused as refused:
            await send_refusal(send, refused)
        except asyncio.CancelledError:  # the service ends; what has begun breaks off
            if task is not None:
                self.handling.discard(task)
                task.uncancel()
            if not answer.begun:
                answer.closed = True
                await send_refusal(send, ends())
        except Exception:  # BentoML would wait for an answer until its time is over
            logger.exception("internal error on %s", scope["path"][:200].encode("unicode_escape"))
            if not answer.begun:
                await send_error(send, 500, uniform(500, b""))
        finally:
            if task is not None:
                self.handling.discard(task)

    def end(self) -> None:
        """Wait for no request any more; any thread may ask for that."""
        if self.loop is not None:
            for task in list(self.handling):
                self.loop.call_soon_threadsafe(task.cancel)

    async def _handle(self, scope: Message, receive: Receive, answer: Uniform) -> None:
        self._authorise(scope)
        incoming = self.in_time(receive)
        await self._know(scope, incoming)
        if scope["method"] in READ:
            await self.app(scope, receive, answer)
            return
        route = asked(scope["path"])
        if route and scope.get("query_string"):
            fix = "send fields as JSON, or as those of a form"
            raise Refused(400, "fields in the address, where none is read", "request", fix)
        body = await self._checked(scope, incoming, route)
        kept = scope["path"].startswith(TASKS)  # as a task, which is worked on later
        give_back = self.places.take(not kept and bool(route and route.endpoint.exclusive))
        left = Left(receive)
        work = asyncio.ensure_future(self._stoppable(left, scope, replay(body, left), answer))
        self.running.add(work)
        work.add_done_callback(self.running.discard)
        work.add_done_callback(lambda _: give_back())
        try:
            await asyncio.wait({work}, timeout=self.timeout)
        except asyncio.CancelledError:  # the service ends
            left.stop.wish()
            if not answer.begun:
                answer.closed = True
            work.cancel()
            raise
        if work.done() or answer.begun:
            await work
            return
        answer.closed = True
        left.stop.wish()
        work.cancel()  # which a thread that computes hears of at its end; its place is free then
        raise Refused(504, REASONS[504], "", FIXES[504])

    async def _stoppable(self, left: Left, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a request on; its work stops, between two steps, once the client has left."""
        STOP.set(left.stop)
        ACCEPT.set(", ".join(Headers(scope=scope).getlist("accept")))
        watch = asyncio.ensure_future(left.watch())
        try:
            await self.app(scope, receive, send)
        finally:
            watch.cancel()

    def _authorise(self, scope: Message) -> None:
        if not self.token or scope["path"] in OPEN_PATHS:
            return
        given = Headers(scope=scope).get("authorization", "")
        if not hmac.compare_digest(given.encode("latin-1"), f"Bearer {self.token}".encode()):
            raise Refused(401, REASONS[401], "header Authorization", FIXES[401])

    async def _know(self, scope: Message, receive: Receive) -> None:
        """Refuse an unknown address, and a method that an address does not take."""
        path = scope["path"]
        allowed = (self.methods or methods()).get(path) or of_a_task(path)
        if scope["method"] in allowed:
            return
        wrong = Refused(404, REASONS[404], "address", FIXES[404])
        if allowed:
            what = f"{scope['method'][:20]}, which this address does not take"
            wrong = Refused(405, what, "method", f"send {' or '.join(allowed)}", allow=allowed)
        if scope["method"] not in READ:
            wrong.close = await drain(receive)
        raise wrong

    async def _checked(self, scope: Message, receive: Receive, route: Route | None) -> bytes:
        """The body of a request, if it is one that the service may see."""
        headers = Headers(scope=scope)
        media = headers.get("content-type", "application/json").split(";")[0].strip().lower()
        wrong = None
        if media not in ("application/json", "multipart/form-data"):
            fix = "send application/json, or a multipart/form-data upload"
            wrong = Refused(415, f"content type {media!r}", "header Content-Type", fix)
        elif headers.get("content-encoding", "identity").lower() != "identity":
            wrong = Refused(415, "an encoded body", "header Content-Encoding", "send it as it is")
        elif route is not None and route.needs_file and media == "application/json":
            fix = "upload `file` as multipart/form-data"
            wrong = Refused(415, "JSON where a file is expected", "body", fix)
        if wrong:
            wrong.close = await drain(receive)
            raise wrong
        smaller = route.endpoint.smaller if route else "send less"
        body = await self.bodies.read(headers, receive, smaller)
        if route is not None:
            if media == "application/json":
                await self.bodies.look(body, partial(check_json, route=route))
            else:
                await check_form(headers, body, route)
        return body
