"""Huey's queue, whose consumers are threads of this process.

It lies in a file of SQLite, or in a PostgreSQL that the consumers of several services share.

A message is JSON that holds a task's id. Large questions have a queue of their own, so that small
ones do not wait behind them.
"""

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import URL

POLL = 0.2
"""Seconds after which an idle consumer looks again."""
QUIET = 60
"""Seconds between two records of consumers."""
PREFIX = "thermocline"
"""Of the names of the queues' tables in PostgreSQL."""


class Plain(Serializer):
    """JSON in place of pickles."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


_told = -math.inf


def now_and_then(record: logging.LogRecord) -> bool:
    """One record a minute: idle consumers meet a database that is away many times a second."""
    global _told
    due = record.created - _told >= QUIET
    _told = record.created if due else _told
    return due


class _Consumer(Consumer):
    def _set_signal_handlers(self) -> None:
        """The service handles signals."""


class Queue:
    """A queue of task ids.

    Args:
        where: a file of SQLite, which is this process's alone, or an address of PostgreSQL.
        work: called with an id, in one of `threads` threads, or with none of those.
    """

    def __init__(self, where: Path | URL, name: str, threads: int, work: Callable[[str], None]):
        logging.getLogger("huey").setLevel(logging.WARNING)
        logging.getLogger("huey.consumer.Worker").addFilter(now_and_then)
        options: dict[str, Any] = {"results": False, "serializer": Plain()}
        if isinstance(where, Path):
            self.huey: Huey = SqliteHuey(name, filename=str(where), **options)
            self.huey.flush()  # what is open, the records know
        else:
            dsn = where.set(drivername="postgresql").render_as_string(hide_password=False)
            self.huey = PostgresHuey(name, dsn=dsn, table_prefix=PREFIX, **options)
        self.put: Callable[[str], Any] = self.huey.task(name="work")(work)
        self.consumer = _Consumer(
            self.huey,
            threads,
            periodic=False,
            initial_delay=POLL,
            max_delay=POLL,
            check_worker_health=False,
        )

    def empty(self) -> bool:
        """Whether no task waits."""
        return int(self.huey.pending_count()) == 0

    def start(self) -> None:
        """Begin to work."""
        self.consumer.start()

    def take_no_more(self) -> None:
        """Leave what waits to others; work that is being done goes on."""
        self.consumer.stop_flag.set()

    def stop(self, seconds: float) -> None:
        """Take nothing more, and wait for work that is being done."""
        self.consumer.shutdown_timeout = seconds
        self.consumer.stop(graceful=True)
        self.huey.storage.close()
