"""Memory that answers no longer need goes back to the system; and garbage that can wait.

Each request computes in a thread of its own: a few dozen threads held more than twice what all
needed (see `thermocline.memory`).
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from thermocline.memory import give_back, glibc

PAUSE = 1.0
"""Seconds between two times that memory is given back."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Garbage waits until the block ends: for a start, which makes hardly any and has to be quick.

    A third of the time that models take to be imported and read goes into looking for garbage. What
    was made is not looked through again: of a model that is replaced, all but its cycles is freed.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Memory:
    """Gives memory back, in a thread of its own, soon after `freed` was called."""

    def __init__(self) -> None:
        self.work, self.ended = threading.Event(), threading.Event()
        if glibc("malloc_trim") is not None:
            threading.Thread(target=self._give_back, daemon=True).start()

    def freed(self) -> None:
        """An answer was made."""
        self.work.set()

    def close(self) -> None:
        """End the thread."""
        self.ended.set()
        self.work.set()

    def _give_back(self) -> None:
        while not self.ended.is_set():
            self.work.wait()
            self.work.clear()
            give_back()
            self.ended.wait(PAUSE)
