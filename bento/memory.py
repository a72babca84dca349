"""Memory that answers no longer need goes back to the system.

Each request computes in a thread of its own, and glibc keeps what a thread has freed for the
threads of its arena, of which it makes eight for every processor: a few dozen threads held more
than twice what all needed.
"""

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PAUSE = 1.0
"""Seconds between two times that memory is given back."""


ARENA_MAX, ARENAS = -8, 2
"""glibc's number of that setting, and the most arenas: large arrays are few, and seldom wait."""


def few_arenas() -> None:
    """From now on, threads share a few arenas; call it before there are many."""
    if mallopt := _glibc("mallopt"):
        mallopt(ARENA_MAX, ARENAS)


@contextmanager
def no_collection() -> Iterator[None]:
    """Garbage waits until the block ends: for a start, which makes hardly any and has to be quick.

    A third of the time that models take to be imported and read goes into looking for garbage.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _glibc(name: str) -> Callable[..., int] | None:
    """A function of glibc; None where there is none."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


class Memory:
    """Gives memory back, in a thread of its own, soon after `freed` was called."""

    def __init__(self) -> None:
        self.trim, self.work = _glibc("malloc_trim"), threading.Event()
        self.ended = threading.Event()
        if self.trim is not None:
            threading.Thread(target=self._give_back, daemon=True).start()

    def freed(self) -> None:
        """An answer was made."""
        self.work.set()

    def close(self) -> None:
        """End the thread."""
        self.ended.set()
        self.work.set()

    def _give_back(self) -> None:
        assert self.trim is not None
        while not self.ended.is_set():
            self.work.wait()
            self.work.clear()
            self.trim(0)
            self.ended.wait(PAUSE)
