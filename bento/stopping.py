"""Work that ends early: because nobody waits for its answer, or because it was cancelled."""

import threading
from collections import deque
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


class Line:
    """Places that are given to those who wait for one in the order of their coming."""

    def __init__(self, places: int):
        self.free, self.lock = places, threading.Lock()
        self.waiting: deque[threading.Event] = deque()

    @contextmanager
    def place(self, stop: Stop) -> Iterator[None]:
        """Hold a place; raises Stopped if that is wished while it is waited for."""
        self._enter(stop)
        try:
            stop.check()
            yield
        finally:
            self._leave()

    def _enter(self, stop: Stop) -> None:
        turn = threading.Event()
        with self.lock:
            if self.free:
                self.free -= 1
                return
            self.waiting.append(turn)
        try:
            while not turn.wait(0.25):
                stop.check()
        except Stopped:
            with self.lock:
                given = turn not in self.waiting
                if not given:
                    self.waiting.remove(turn)
            if given:
                self._leave()
            raise

    def _leave(self) -> None:
        with self.lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self.free += 1
