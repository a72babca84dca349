"""A log of one JSON object a line, which never fills the disk and never keeps an answer back."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

from thermocline.predict.log import put_aside

logger = logging.getLogger("thermocline.service")
MOST = 20 * 2**20
"""Bytes at which a log is put aside, in place of the one put aside before."""


class Lines:
    """Appends to a file; any thread may. None writes nothing."""

    def __init__(self, path: Path | None):
        self.path, self.lock = path, threading.Lock()

    def add(self, line: dict[str, Any]) -> None:
        """Write a line; what prevents that is told in the service's own log."""
        if self.path is None:
            return
        try:
            with self.lock, self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
                if stream.tell() > MOST:
                    self.path.replace(put_aside(self.path))
        except OSError as problem:  # a full disk is no reason to keep an answer back
            logger.error("%s is not written: %s", self.path.name, problem)
