"""How many requests are worked on at once, how many may wait, and how long anything may take."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from bento.refusals import Refused
from bento.stopping import Line, Stop

TIMEOUT = 600
"""Seconds within which an answer must begin."""
PAUSE, READ = 20, 300
"""Seconds between two parts of a body, and of a whole one."""
MAX_BODY = 32 * 2**20
"""Bytes of a request body."""
MAX_UNFINISHED = 16 * MAX_BODY
"""Bytes of all bodies that are still being read."""
SMALL, STEP = 2**16, 2**18
"""Bytes of a body that is looked at at once, and of a part that larger ones are read in."""
ADMITTED = 32
"""Requests with a complete body that are inside at once: worked on, or waiting for their turn."""
LARGE = 4
"""Those among them of endpoints that answer one at a time: each waits for the ones before it."""
AT_ONCE = "THERMOCLINE_AT_ONCE"
"""An environment variable: how many other requests are worked on at once."""
NICENESS = 10
"""That of work on large questions: where all processors are busy, small ones get most of them."""
SHADOW = 19
"""That of asking candidates: where all processors are busy, it gets one part in seventy of one."""

Result = TypeVar("Result")


def at_once() -> int:
    """THERMOCLINE_AT_ONCE, or the number of processors: at least 2, at most ADMITTED."""
    asked = os.environ.get(AT_ONCE, "")
    return min(max(2, int(asked) if asked.isdigit() else os.cpu_count() or 1), ADMITTED)


def one_thread_each() -> None:
    """Let each request compute on its share of the processors, unless OMP_NUM_THREADS is set.

    Threads that share one small product wait for each other more than they compute (see
    `thermocline.concurrency`); requests that have a thread each do not.
    """
    if not os.environ.get("OMP_NUM_THREADS"):
        import torch

        torch.set_num_threads(max(1, (os.cpu_count() or 1) // at_once()))


def at_low_priority(work: Callable[[], Result]) -> Result:
    """What `work` gives, or raises, in a thread of its own that the system runs behind others.

    The thread ends with the work: a process may lower its priority, but not raise it again.
    """
    with ThreadPoolExecutor(1, initializer=lower_priority) as pool:
        return pool.submit(copy_context().run, work).result()


def lower_priority(niceness: int = NICENESS) -> None:
    """Have the system run this thread, and those that it starts, behind others."""
    if sys.platform == "linux":  # elsewhere threads have no priority of their own
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(now, niceness))


class Turns:
    """What work waits for: one of a few places, or, for large questions, the only one."""

    def __init__(self) -> None:
        self.small, self.large = Line(at_once()), Line(1)

    def of(self, exclusive: bool, stop: Stop) -> Callable[[], Any]:
        """Gives what is entered for such a question; whoever waits may be stopped."""
        return lambda: (self.large if exclusive else self.small).place(stop)


class Places:
    """Counts the requests inside; all calls come from the event loop's thread."""

    def __init__(self, most: int = ADMITTED, large: int = LARGE):
        self.free = {"all": most, "large": large}

    def take(self, large: bool) -> Callable[[], None]:
        """Enter; returns what is called once, at the end. Raises Refused (429) if it is full."""
        kinds = ("all", "large") if large else ("all",)
        if any(self.free[kind] < 1 for kind in kinds):
            fix = "wait, and send the request again"
            raise Refused(429, "too many requests at once", "", fix, retry=60 if large else 5)
        for kind in kinds:
            self.free[kind] -= 1

        def give_back() -> None:
            for kind in kinds:
                self.free[kind] += 1

        return give_back
