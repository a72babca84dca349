"""Work that ends early: because nobody waits for its answer, or because it was cancelled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopped(Exception):
    """Raised in the thread that works, between two steps."""


class Stop:
    """A wish that work may end; any thread may have it."""

    def __init__(self) -> None:
        self._wish = threading.Event()
        self.wish = self._wish.set

    def check(self, done: int = 0, of: int = 0) -> None:
        """Called after each step: raises Stopped once it is wished."""
        if self._wish.is_set():
            raise Stopped


STOP: ContextVar[Stop | None] = ContextVar("stop", default=None)
"""That of the request which this thread, or this task of the event loop, works on."""


@contextmanager
def held(turn: threading.BoundedSemaphore, stop: Stop) -> Iterator[None]:
    """Hold a place; raises Stopped if that is wished while it is waited for."""
    while not turn.acquire(timeout=0.25):
        stop.check()
    try:
        stop.check()
        yield
    finally:
        turn.release()
