"""What glibc does with memory that was freed; elsewhere, nothing here does anything.

It keeps what a thread has freed for the threads of its arena, of which it makes eight for every
processor: a process with a few threads may hold twice what all of them need.
"""

import ctypes
import sys
from collections.abc import Callable

ARENA_MAX, ARENAS = -8, 2
"""glibc's number of that setting, and the most arenas: large arrays are few, and seldom wait."""


def few_arenas() -> None:
    """From now on, threads share a few arenas; call it before there are many."""
    if mallopt := glibc("mallopt"):
        mallopt(ARENA_MAX, ARENAS)


def give_back() -> None:
    """Free memory goes back to the system."""
    if trim := glibc("malloc_trim"):
        trim(0)


def glibc(name: str) -> Callable[..., int] | None:
    """A function of glibc; None where there is none."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
