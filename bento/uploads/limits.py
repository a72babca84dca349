"""What a process may use that reads one upload; the system ends one that wants more."""

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import process_time

MEMORY = 2**30
"""Bytes beside those that the process had before."""
SECONDS = 10
"""Of computing."""
WALL = 30
"""Seconds from beginning to end."""


class Limit:
    """What each upload that this process reads may take.

    No file is written, no core is left, and memory is that of all uploads together.
    """

    def __init__(self) -> None:
        self.most = 0

    @contextmanager
    def to(self, seconds: int = SECONDS, wall: float = WALL) -> Iterator[None]:
        """Within it this process ends if it takes more.

        Args:
            seconds: of computing.
            wall: seconds from beginning to end.
        """
        if not self.most:  # the first time: what is imported for it is there by now
            self.most = address_space() + MEMORY
            _limit(resource.RLIMIT_FSIZE, 0)
            _limit(resource.RLIMIT_CORE, 0)
            if sys.platform == "linux":  # elsewhere address space is not what is used
                _limit(resource.RLIMIT_AS, self.most)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        _limit(resource.RLIMIT_CPU, int(process_time()) + 1 + seconds, hard)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, wall)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def nearly(self) -> bool:
        """Whether so much memory was kept that the next upload would have too little."""
        return address_space() > self.most - MEMORY * 3 // 4


def address_space() -> int:
    """Bytes of this process's address space; 0 where the system does not say."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[0]) * resource.getpagesize() if status.is_file() else 0


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    with suppress(ValueError, OSError):  # one that is lower already
        resource.setrlimit(kind, (soft, soft if hard is None else hard))
