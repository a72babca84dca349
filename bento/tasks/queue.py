"""Huey's queue in a file of SQLite, whose consumers are threads of this process.

A message is JSON that holds a task's id. Large questions have a queue of their own, so that small
ones do not wait behind them.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer

POLL = 0.2
"""Seconds after which an idle consumer looks again."""


class Plain(Serializer):
    """JSON in place of pickles."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class _Consumer(Consumer):
    def _set_signal_handlers(self) -> None:
        """The service handles signals."""


class Queue:
    """A queue of task ids.

    Args:
        work: called with an id, in one of `threads` threads, or with none of those.
    """

    def __init__(self, path: Path, name: str, threads: int, work: Callable[[str], None]):
        logging.getLogger("huey").setLevel(logging.WARNING)
        self.huey = SqliteHuey(name, filename=str(path), results=False, serializer=Plain())
        self.huey.flush()  # what is open, the records know
        self.put: Callable[[str], Any] = self.huey.task(name="work")(work)
        self.consumer = _Consumer(
            self.huey,
            threads,
            periodic=False,
            initial_delay=POLL,
            max_delay=POLL,
            check_worker_health=False,
        )

    def start(self) -> None:
        """Begin to work."""
        self.consumer.start()

    def stop(self, seconds: float) -> None:
        """Take nothing more, and wait for work that is being done."""
        self.consumer.shutdown_timeout = seconds
        self.consumer.stop(graceful=True)
        self.huey.storage.close()
