"""Independent pieces of work side by side, each on one thread; and what threads take turns at.

Analyses are made of many products of small matrices. Two threads that share one such product wait
for each other more than they compute; two analyses at once, on a thread each, do not.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from itertools import islice
from threading import RLock
from typing import TypeVar

from thermocline.errors import holding

Item = TypeVar("Item")
Result = TypeVar("Result")

FILES = RLock()
"""Held while NetCDF files are read or written: its library is not safe between threads."""

Turn = Callable[[], AbstractContextManager[object]]
_TURN: ContextVar[Turn] = ContextVar("turn", default=nullcontext)

MAX_WORKERS = 4
"""Pieces at once at most: each may need a gigabyte or two."""


def taking_turns(turn: Turn) -> AbstractContextManager[None]:
    """Within it, on this thread, `in_turn` enters `turn()`: a lock, or a semaphore."""
    return holding(_TURN, turn)


def in_turn() -> AbstractContextManager[object]:
    """Entered for the work on a question, after the question was found good.

    The service makes questions wait here for one another, so that refusals wait for nobody.
    Elsewhere it does nothing.
    """
    return _TURN.get()()


def side_by_side(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """`function` of every item, in their order.

    Items are taken one by one as there is room, by the caller's thread, and results wait until
    they are asked for. What an item's result is does not depend on how many are worked on at once.

    Args:
        function: releases the interpreter where it computes, and keeps nothing between calls.
        workers: pieces at once; if None, as many as there are processors, up to `MAX_WORKERS`.

    Raises:
        Whatever `function` raises, at the item that it was raised for.
    """
    from threadpoolctl import threadpool_limits

    count = workers or min(processors(), MAX_WORKERS)
    # Limits of BLAS are the process's, those of OpenMP each thread's own.
    with (
        threadpool_limits(1),
        ThreadPoolExecutor(count, initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        rest = iter(items)
        begun = deque(pool.submit(function, item) for item in islice(rest, count))
        while begun:
            result = begun.popleft().result()
            begun.extend(pool.submit(function, item) for item in islice(rest, 1))
            yield result


def processors() -> int:
    """Those that this process may use, where the system says."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
