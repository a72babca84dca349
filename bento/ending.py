"""The service's end: asked for by a signal, and over within the time that is given to it.

`bentoml serve … --timeout-graceful-shutdown SECONDS` gives requests so long to end, and begins to
close everything after that. Here all of it fits: tasks stop at once, as the next service goes on
with them; requests that are being answered then are refused MARGIN before the end; and whatever
holds the process up after that is not waited for.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from thermocline.files.processes import process_alive, signal_when_ends

MAIN = "THERMOCLINE_MAIN_PROCESS"
"""An environment variable: the process that starts the worker, set by itself."""
OPTION = "--timeout-graceful-shutdown"
UNSAID = 30.0
"""Seconds of an end, unless the option says another number."""
MARGIN = 3.0
"""Seconds before the end from which no request is waited for; half of it, if that is less."""
LOOK = 1.0
"""Seconds between two looks at the parent."""


def seconds(arguments: list[str]) -> float:
    """How long the end may take, of a worker's command line."""
    said = UNSAID
    with suppress(ValueError, IndexError):
        said = float(arguments[arguments.index(OPTION) + 1])
    return max(said, 1.0)


class Ending:
    """Tells who asked that the service is about to end, and sees to it that it does.

    Attributes:
        soon: called at once, each in a thread of the ending's own.
        late: called when no request is waited for any more.
    """

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []
        self.late: list[Callable[[], None]] = []
        self.begun = False

    def hear(self, given: float, leave: Callable[[int], None] = os._exit) -> None:
        """From now on, have a signal to end begin it, beside what it does already.

        Called in the main thread. After `given` seconds the process is left, whatever holds it.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def heard(number: int, frame: FrameType | None, before: Any = before) -> None:
                if not self.begun:
                    self.begun = True
                    threading.Thread(target=self._end, args=(given, leave), daemon=True).start()
                if callable(before):
                    before(number, frame)

            signal.signal(number, heard)

    def _end(self, given: float, leave: Callable[[int], None]) -> None:
        margin = min(MARGIN, given / 2)
        for called, pause in ((self.soon, given - margin), (self.late, margin)):
            for each in list(called):
                with suppress(Exception):  # the others are told all the same
                    each()
            time.sleep(pause)
        leave(0)


ENDING = Ending()
"""That of this process."""


def end_with_parent(parent: int) -> None:
    """Have this process asked to end when that one has ended, however it ended.

    It is usually the parent, and Linux sends the signal then. Where a launcher stands between the
    two, and elsewhere, it is looked at every second.
    """
    if os.getppid() == parent and signal_when_ends(parent, signal.SIGTERM):
        return
    threading.Thread(target=look_at, args=(parent,), daemon=True).start()


def look_at(process: int) -> None:
    """Ask this process to end once the other is gone."""
    while process_alive(process):
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


def as_worker() -> None:
    """In a worker that `bentoml serve` has started: end with it, and in time."""
    main = os.environ.get(MAIN, "")
    if main.isdecimal():
        ENDING.hear(seconds(sys.argv))
        end_with_parent(int(main))
