"""Readers as the service has them made and ended, by the process of `forking`, which it keeps."""

import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bento.uploads import wire

logger = logging.getLogger("thermocline.service")

START = 60
"""Seconds that are left for a reader to begin."""
PASSED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "PROJ_DATA", "PROJ_LIB")
"""What readers are given of the environment: no token, no address, no account."""


class Fork(NamedTuple):
    """A reader: its number, which no other ever has, and the socket to it."""

    number: int
    socket: socket.socket


class Forks:
    """Has readers made and ended; any thread may ask.

    Args:
        root: the folder that holds `bento`.
    """

    def __init__(self, root: Path):
        self.root, self.lock, self.numbers = root, threading.Lock(), count()
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def make(self, module: str) -> Fork:
        """A new reader, which may have imported a module."""
        ours, theirs = socket.socketpair()
        made, name = Fork(next(self.numbers), ours), module.encode()
        with theirs, self.lock:
            for attempt in (1, 2):
                if self.process is None or self.process.poll() is not None or attempt == 2:
                    self._start()
                assert self.control is not None
                try:
                    order = wire.ORDER.pack(False, made.number, len(name))
                    socket.send_fds(self.control, [order + name], [theirs.fileno()])
                    break
                except OSError as problem:
                    logger.warning("no reader of uploads can be made: %s", type(problem).__name__)
        return made

    def end(self, fork: Fork) -> None:
        """End a reader, whatever it does now.

        The process that forked it kills it: to that one alone its process is known for certain.
        """
        fork.socket.close()
        with self.lock, suppress(OSError):  # that process has ended
            if self.control is not None:
                self.control.sendall(wire.ORDER.pack(True, fork.number, 0))

    def close(self) -> None:
        """Make no more readers."""
        with self.lock:
            if self.control is not None and self.process is not None:
                self.control.close()
                self.process.wait(START)
                self.control = None

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
