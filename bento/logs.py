"""The log: one line a request, no traceback for a refusal, and one for every internal error."""

import logging
from time import perf_counter

from bentoml.exceptions import BentoMLException
from pydantic import ValidationError

from bento.refusals import App, Message, Receive, Send

logger = logging.getLogger("bentoml.access")
"""BentoML's own access log is off: its lines have no seconds, and are long."""
QUIET = ("/livez", "/readyz", "/healthz", "/metrics")


class Logged:
    """ASGI middleware that logs method, path, status and seconds of each request."""

    def __init__(self, app: App):
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand the request on, and write its line when it has ended."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        status, begun = 0, perf_counter()

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, heard)
        finally:
            # A path may hold line breaks once it is decoded.
            path = scope["path"][:200].encode("unicode_escape").decode()
            seconds = perf_counter() - begun
            logger.info("%s %s %s %.3f s", scope["method"][:20], path, status or "-", seconds)


def no_refusals(record: logging.LogRecord) -> bool:
    """Whether a record is of more than a refusal, which BentoML logs with its traceback."""
    problem = record.exc_info[1] if record.exc_info else None
    if isinstance(problem, BentoMLException):
        return problem.error_code.value >= 500
    return not isinstance(problem, ValidationError)


def quiet_refusals() -> None:
    """Keep the tracebacks of refusals out of BentoML's log."""
    logging.getLogger("bentoml._internal.server.http_app").addFilter(no_refusals)
