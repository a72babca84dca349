"""A function that keeps its results for the last few problems: several methods ask for the same."""

from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LAST = 8
"""Problems whose results are kept: those that are asked side by side."""


class Remembered(Generic[T]):
    """A function of a problem, whose last results are kept.

    A problem is known by being the same object; what else is given, by being equal.

    Args:
        make: the function.
        last: how many results are kept.
    """

    def __init__(self, make: Callable[..., T], last: int = LAST):
        self._make, self._lock = make, Lock()
        self._known: deque[tuple[Any, tuple[Hashable, ...], T]] = deque(maxlen=last)

    def __call__(self, problem: Any, *given: Hashable) -> T:
        """`make(problem, *given)`, now or earlier."""
        with self._lock:
            for known, with_, found in self._known:
                if known is problem and with_ == given:
                    return found
        found = self._make(problem, *given)
        with self._lock:
            self._known.append((problem, given, found))
        return found
