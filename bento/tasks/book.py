"""The tasks of a service: written down, queued, and ended.

`tasks` adds what is done when one is asked for and worked on, `upkeep` what is done about those
whose work did not come to its end.
"""

import json
import logging
import math
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from bento.limits import at_once
from bento.refusals import Refused
from bento.routes import Route, routes
from bento.stopping import Stop
from bento.tasks.databases import alone, open_engine, shared
from bento.tasks.folders import Folders
from bento.tasks.living import Living
from bento.tasks.queue import Queue
from bento.tasks.records import FAILED, OPEN, Record, Records
from thermocline.errors import BadConfig

logger = logging.getLogger("thermocline.service")

MOST_HOURS = 100 * 365 * 24
"""A task is kept for a hundred years at most; dates end with the year 9999."""


def keep_hours() -> float:
    """THERMOCLINE_KEEP_HOURS: how long a task is kept after its end; raises BadConfig."""
    text = os.environ.get("THERMOCLINE_KEEP_HOURS") or "24"
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= MOST_HOURS:
        raise BadConfig(
            f"{text!r} is no number of hours up to {MOST_HOURS:,}",
            where="THERMOCLINE_KEEP_HOURS",
            fix="give one such as 24",
        )
    return hours


class Book:
    """All tasks of a service, which may share them with others: see `databases`.

    Args:
        home: their folder, which no other process may hold at the same time.
        work: does the task of a name; called by a queue's thread.
        told: called with the number of tasks that wait or are worked on, whenever it changes.
        able: whether this service has a model for a route. What it cannot do, it leaves to those
            that it shares its tasks with.

    Attributes:
        living: the services that share their tasks, None if this one has its own.
        owner: the name of this service in the tasks that it works on.
        stops: what ends the work on a task, of each that this service works on.
        closing: set when this service ends.

    Raises:
        BadFile: if another process holds the folder.
        Refused: if the shared database does not answer.
    """

    def __init__(
        self,
        home: Path,
        work: Callable[[str], None],
        told: Callable[[int], None],
        able: Callable[[Route], bool],
    ):
        keep_hours()  # what cannot be understood is said now, not when a task ends
        with_others = shared()
        self.told, self.able = told, able
        self.stops: dict[str, Stop] = {}
        self.closing, self.telling = threading.Event(), threading.Lock()
        self.folders = Folders(home, with_others.files if with_others else None)
        try:
            engine = open_engine(home, with_others)
            self.records = Records(engine)
            self.living = Living(engine) if with_others else None
            self.owner = self.living.owner if self.living else secrets.token_hex(8)
            where = with_others.database if with_others else home / "queue.db"
            with alone(engine):
                self.queues = {
                    large: Queue(where, "large" if large else "small", threads, work)
                    for large, threads in ((False, at_once()), (True, 1))
                }
        except BaseException:
            self.folders.close()
            raise

    def put(self, record: Record) -> None:
        """Have a queued task worked on: by this service, or one that shares it."""
        try:
            self.queue_of(record).put(record.task)
        except psycopg.OperationalError:  # it is written down: upkeep puts it again
            logger.warning("the queue of tasks does not answer")

    def can(self, record: Record) -> bool:
        """Whether a task is this service's to do: all are that it shares with nobody."""
        route = routes().get(f"/{record.route}")
        return self.living is None or (route is not None and self.able(route))

    def queue_of(self, record: Record) -> Queue:
        """The queue that a task waits in; of a route that this service has."""
        return self.queues[routes()[f"/{record.route}"].endpoint.exclusive]

    def fail(self, task: str, error: dict[str, Any], by: str | None) -> None:
        """End a task that cannot be done, if `by` owns it still."""
        self.end(task, OPEN, FAILED, by, error=json.dumps(error["error"]))

    def tell(self) -> None:
        """Say how many tasks are open."""
        with self.telling, suppress(Refused):  # so that whoever tells last is right
            self.told(len(self.records.of(*OPEN)))

    def end(
        self, task: str, among: tuple[str, ...], status: str, by: str | None = None, **changes: Any
    ) -> bool:
        """Write down that a task ended, if its status is `among` these; whether it was."""
        expires = time.time() + 3600 * keep_hours()
        ended = self.records.move(task, among, status, by, expires=expires, **changes)
        self.tell()
        return ended
