"""The service's side of the processes that read uploads; see `forking`."""

import logging
import os
import socket
from collections import deque
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import xarray as xr

from bento.limits import at_once
from bento.stopping import Line, Stop
from bento.uploads import limits, wire
from bento.uploads.forks import START, Fork, Forks
from thermocline import errors
from thermocline.answers.reading import Elsewhere, Reader
from thermocline.errors import BadFile, ThermoclineError

logger = logging.getLogger("thermocline.service")

LOOK = 0.25
"""Seconds between two looks whether somebody still waits for the answer."""
MOST = 2 * limits.MEMORY
"""Bytes of a reader's answer."""


class Readers:
    """Reads uploads elsewhere; any thread may ask. A few readers wait for their upload.

    Args:
        root: the folder that holds `bento`.
        seconds, wall: limits of an upload's reading; see `limits`.
    """

    def __init__(self, root: Path, seconds: int = limits.SECONDS, wall: float = limits.WALL):
        self.seconds, self.wall = seconds, wall
        self.line, self.forks = Line(at_once()), Forks(root)
        self.spare: deque[Fork] = deque()

    def start(self) -> None:
        """Begin to make readers; `read` waits until there is one."""
        for _ in range(at_once()):
            self.spare.append(self.forks.make(""))

    def close(self) -> None:
        """End all readers, whatever they do."""
        while self.spare:
            self.spare.popleft().socket.close()
        self.forks.close()

    def elsewhere(self, stop: Stop) -> Elsewhere:
        """`read` for a request that may be stopped."""
        return partial(self.read, stop)

    def read(
        self, stop: Stop, reader: Reader, file: Path, wants: str, values: tuple[Any, ...]
    ) -> xr.Dataset:
        """See `systems.reading.read`; raises Stopped if that is wished meanwhile."""
        places = [place for place, value in enumerate(values) if isinstance(value, np.ndarray)]
        plain = [None if place in places else value for place, value in enumerate(values)]
        function, time = (reader.__module__, reader.__qualname__), (self.seconds, self.wall)
        asked = [*function, os.fspath(file), wants, time, plain, places]
        message = wire.packed(asked, [values[place] for place in places])
        with self.line.place(stop):
            fork, again = self._spare(reader.__module__), False
            try:
                refused, dataset = _given(*_asked(fork.socket, message, stop))
                again = refused is None
            except (OSError, *wire.UNREADABLE) as problem:
                logger.warning("a reader of uploads ended: %s", type(problem).__name__)
                size = limits.MEMORY // 2**20
                raise BadFile(
                    f"cannot be read: that takes more than {self.seconds} s of computing or {size} "
                    "MB, or the file is damaged in a way that ends its reader",
                    where=file.name,
                    fix=f"give {wants}, whole and smaller",
                ) from None
            finally:
                if not again:  # nobody waits for it, or a refusal may have left it in any state
                    self.forks.end(fork)
                    fork = self.forks.make(reader.__module__)
                self.spare.append(fork)
        if refused is not None:
            raise refused
        return dataset

    def _spare(self, module: str) -> Fork:
        """A reader that lives."""
        while True:
            try:
                fork = self.spare.popleft()
            except IndexError:
                return self.forks.make(module)
            fork.socket.setblocking(False)
            try:
                fork.socket.recv(1)
            except BlockingIOError:
                return fork
            except OSError:
                pass
            fork.socket.close()  # it has ended


def _asked(ours: socket.socket, message: list[Any], stop: Stop) -> tuple[bytes, memoryview]:
    """A reader's answer; raises OSError if it ends without, Stopped if that is wished before."""
    end = monotonic() + limits.WALL + START

    def check() -> None:
        stop.check()
        if monotonic() > end:
            raise OSError("no answer")

    ours.settimeout(START)
    for part in message:
        ours.sendall(part)
    ours.settimeout(LOOK)
    return wire.received(ours, MOST, check)


def _given(text: bytes, rest: memoryview) -> tuple[ThermoclineError | None, xr.Dataset]:
    """The refusal or the dataset in an answer; raises UNREADABLE if it is no answer.

    Raises:
        RuntimeError: with its traceback, for a fault of the house.
    """
    said, arrays = wire.unpacked(text, rest)
    if "fault" in said:
        raise RuntimeError(f"a reader of uploads failed: {said['fault']}")
    for line in said["log"]:
        logger.warning("%s", str(line)[:200].encode("unicode_escape").decode())
    if "refused" in said:
        kind, what, where, fix = map(str, said["refused"])
        found = getattr(errors, kind, BadFile)
        known = isinstance(found, type) and issubclass(found, ThermoclineError)
        return (found if known else BadFile)(what, where=where, fix=fix), xr.Dataset()
    return None, wire.to_dataset(said["dataset"], arrays)
