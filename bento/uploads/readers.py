"""The service's side of the processes that read uploads; see `forking`."""

import logging
import os
import socket
import subprocess
import sys
import threading
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
from thermocline import errors
from thermocline.errors import BadFile, ThermoclineError
from thermocline.systems.reading import Elsewhere, Reader

logger = logging.getLogger("thermocline.service")

START = 60
"""Seconds that are left for a reader to begin."""
LOOK = 0.25
"""Seconds between two looks whether somebody still waits for the answer."""
MOST = 2 * limits.MEMORY
"""Bytes of a reader's answer."""
PASSED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "PROJ_DATA", "PROJ_LIB")
"""What readers are given of the environment: no token, no address, no account."""


class Readers:
    """Reads uploads elsewhere; any thread may ask. A few readers wait for their upload.

    Args:
        root: the folder that holds `bento`.
        seconds, wall: limits of an upload's reading; see `limits`.
    """

    def __init__(self, root: Path, seconds: int = limits.SECONDS, wall: float = limits.WALL):
        self.root, self.lock = root, threading.Lock()
        self.seconds, self.wall = seconds, wall
        self.line = Line(at_once())
        self.spare: deque[socket.socket] = deque()
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def start(self) -> None:
        """Begin to make readers; `read` waits until there is one."""
        for _ in range(at_once()):
            self.spare.append(self._reader(""))

    def close(self) -> None:
        """End all readers; one that reads ends once it has."""
        with self.lock:
            while self.spare:
                self.spare.popleft().close()
            if self.control is not None and self.process is not None:
                self.control.close()
                self.process.wait(START)
                self.control = None

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
            ours, again = self._spare(reader.__module__), False
            try:
                refused, dataset = _given(*_asked(ours, message, stop))
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
                if not again:  # what is refused may have left its reader in any state
                    ours.close()
                    ours = self._reader(reader.__module__)
                self.spare.append(ours)
        if refused is not None:
            raise refused
        return dataset

    def _spare(self, module: str) -> socket.socket:
        """The socket of a reader that lives."""
        while True:
            try:
                ours = self.spare.popleft()
            except IndexError:
                return self._reader(module)
            ours.setblocking(False)
            try:
                ours.recv(1)
            except BlockingIOError:
                return ours
            except OSError:
                pass
            ours.close()  # its reader has ended

    def _reader(self, module: str) -> socket.socket:
        """The socket of a new reader, which may have imported a module."""
        ours, theirs = socket.socketpair()
        name = module.encode()
        with theirs, self.lock:
            for attempt in (1, 2):
                if self.process is None or self.process.poll() is not None or attempt == 2:
                    self._start()
                assert self.control is not None
                try:
                    head = wire.NAME.pack(len(name))
                    socket.send_fds(self.control, [head + name], [theirs.fileno()])
                    break
                except OSError as problem:
                    logger.warning("no reader of uploads can be made: %s", type(problem).__name__)
        return ours

    def _start(self) -> None:
        """Start the process that forks, in place of one that has ended."""
        if self.control is not None and self.process is not None:
            logger.warning("the process that makes readers of uploads has ended; it is replaced")
            self.control.close()
            self.process.kill()
            self.process.wait()
        self.control, theirs = socket.socketpair()
        self.control.settimeout(START)
        environment = {name: os.environ[name] for name in PASSED if name in os.environ} | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "HDF5_PLUGIN_PRELOAD": os.environ.get("HDF5_PLUGIN_PRELOAD", ""),
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }
        number = theirs.fileno()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bento.uploads.forking", str(number)],
                cwd=self.root,
                env=environment,
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
            )


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
