"""A cache of the last results: several methods need the same result for a problem."""

from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LAST = 8
"""Results that are kept: of problems analysed in parallel."""


class Remembered(Generic[T]):
    """A function of a problem with a cache of its last results.

    Problems are compared by identity, further arguments by equality.

    Args:
        make: the function.
        last: how many results are kept.
    """

    def __init__(self, make: Callable[..., T], last: int = LAST):
        self._make, self._lock = make, Lock()
        self._known: deque[tuple[Any, tuple[Hashable, ...], T]] = deque(maxlen=last)

    def __call__(self, problem: Any, *given: Hashable) -> T:
        """`make(problem, *given)`, computed or from the cache."""
        with self._lock:
            for known, with_, found in self._known:
                if known is problem and with_ == given:
                    return found
        found = self._make(problem, *given)
        with self._lock:
            self._known.append((problem, given, found))
        return found
