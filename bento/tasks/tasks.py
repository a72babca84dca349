"""Tasks from their submission to their end.

A process that is killed leaves tasks queued or running: see `upkeep`. Whose second process is
killed while it works on a task fails it, because it may be what kills them.
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
from pydantic import BaseModel

from bento.answers import in_words
from bento.limits import at_once
from bento.refusals import Refused
from bento.replies import refusal
from bento.routes import Route, routes
from bento.stopping import Stop, Stopped
from bento.tasks.databases import alone, open_engine, shared
from bento.tasks.folders import Folders
from bento.tasks.living import Living
from bento.tasks.queue import Queue
from bento.tasks.records import (
    CANCELLED,
    FAILED,
    FINISHED,
    OPEN,
    QUEUED,
    RUNNING,
    Record,
    Records,
)
from bento.tasks.upkeep import Upkeep
from thermocline.errors import BadConfig, ThermoclineError
from thermocline.systems.endpoint import Progress

logger = logging.getLogger("thermocline.service")

Answering = Callable[[Route, BaseModel, Stop, Progress, Path], tuple[Any, Any]]
"""Gives the dataset that answers a request, to be written to a path, beside which what is finished
is kept, and the one that it is compared with, or None; raises Stopped when that is wished."""

MAX_OPEN = 64
"""Tasks that wait or are worked on."""
MOST_HOURS = 100 * 365 * 24
"""A task is kept for a hundred years at most; dates end with the year 9999."""
TOLD = 0.5
"""Seconds between two times that the table is told how far a task is."""


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


class Tasks:
    """All tasks of a service, which may share them with others: see `databases`.

    Args:
        home: their folder, which no other process may hold at the same time.
        told: called with the number of tasks that wait or are worked on, whenever it changes.
        able: whether this service has a model for a route. What it cannot do, it leaves to those
            that it shares its tasks with.

    Raises:
        BadFile: if another does.
        Refused: if the shared database does not answer.
    """

    def __init__(
        self,
        home: Path,
        answering: Answering,
        told: Callable[[int], None],
        able: Callable[[Route], bool] = lambda route: True,
    ):
        keep_hours()  # what cannot be understood is said now, not when a task ends
        with_others = shared()
        self.answering, self.told, self.able = answering, told, able
        self.stops: dict[str, Stop] = {}
        self.steps: dict[str, tuple[int, int]] = {}
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
                    large: Queue(where, "large" if large else "small", threads, self.work)
                    for large, threads in ((False, at_once()), (True, 1))
                }
            self.upkeep = Upkeep(self)
            self.upkeep.start()
        except BaseException:
            self.folders.close()
            raise
        for queue in self.queues.values():
            queue.start()

    def submit(self, route: Route, request: BaseModel) -> Record:
        """Keep a request, and queue it; raises Refused (429) if too many wait already."""
        if len(self.records.of(*OPEN)) >= MAX_OPEN:
            fix = "wait until some have ended, and send the request again"
            raise Refused(429, "too many tasks", "", fix, retry=60)
        record = Record(secrets.token_urlsafe(16), route.endpoint.route, QUEUED, 0, time.time())
        self.folders.keep(record.task, route, request)
        self.records.add(record)
        self.put(record)
        self.tell()
        return record

    def get(self, task: str) -> Record | None:
        """What is known of a task; None if there is none, or its time is over."""
        record = self.records.get(task)
        if record is None or (record.expires is not None and record.expires <= time.time()):
            return None
        if record.status == RUNNING and (own := self.steps.get(task)):
            step, steps = own
            return Record(**vars(record) | {"step": step, "steps": steps})
        return record

    def cancel(self, task: str) -> None:
        """End a task; work on it stops after the step that is being made."""
        if self._end(task, OPEN, CANCELLED) and (stop := self.stops.get(task)):
            stop.wish()

    def work(self, task: str) -> None:
        """Do a task that is queued; called by a consumer."""
        record = self.records.get(task)
        if record is None or record.status != QUEUED or not self.can(record):
            return
        if self.closing.is_set():  # taken just before: it is for others, or the next process
            if self.living is not None:
                self.put(record)
            return
        stop = Stop()
        if self.stops.setdefault(task, stop) is not stop:
            return  # another thread does it: it was queued twice
        if self.closing.is_set():
            stop.wish()  # `leave` may have looked just before
        began: dict[str, Any] = {"attempts": record.attempts + 1, "owner": self.owner}
        try:
            if self.records.move(task, (QUEUED,), RUNNING, **began):
                self._work(record, stop)
        except Stopped:
            with suppress(Refused):
                self._stopped(record)
        except Refused:  # the database is away: upkeep sees later that nobody works on it
            logger.warning("the database of tasks does not answer")
        except Exception:
            logger.exception("internal error in a task of /%s", record.route)
            error = refusal("internal error", fix="tell the operator of this service")
            self.fail(task, error, self.owner)
        finally:
            self.stops.pop(task, None)
            self.steps.pop(task, None)

    def _stopped(self, record: Record) -> None:
        if not self.closing.is_set():
            now = self.records.get(record.task)
            if now is None or now.status == CANCELLED:  # else another service goes on with it
                self.folders.remove_unfinished(record.task)
            return
        self._put_back(record.task)

    def _put_back(self, task: str) -> None:
        """Queue a task again that this service works on, and ends.

        That it ends is not the task's fault: another, or the next, does it.
        """
        record = self.records.get(task)
        if record is None:
            return
        again: dict[str, Any] = {"attempts": max(0, record.attempts - 1)}
        left = self.records.move(task, (RUNNING,), QUEUED, self.owner, **again)
        if left and self.living is not None:
            self.put(record)

    def _work(self, record: Record, stop: Stop) -> None:
        task, route = record.task, routes()[f"/{record.route}"]
        written = 0.0

        def progress(done: int, of: int) -> None:
            nonlocal written
            self.steps[task] = done, of
            if self.living is not None and time.monotonic() - written >= TOLD:
                written = time.monotonic()
                with suppress(Refused):  # how far it is can be told later
                    if not self.records.stepped(task, self.owner, done, of):
                        stop.wish()

        files = self.folders.files(task, route)
        try:
            request = self.folders.request(task, route)
            file = self.folders.netcdf(task)
            dataset, comparison = self.answering(route, request, stop, progress, file)
        except ThermoclineError as problem:
            self.fail(task, in_words(problem, files), self.owner)
            return
        except Refused as refused:
            self.fail(task, refused.body, self.owner)
            return
        step, steps = self.steps.get(task, (1, 1))
        if not self.records.stepped(task, self.owner, step, steps):
            raise Stopped  # it was cancelled, or another service has it
        self.folders.write(task, route, dataset, comparison)
        self._end(task, (RUNNING,), FINISHED, self.owner, step=step, steps=steps)

    def leave(self) -> None:
        """Stop after the step that is being made; what is not done, the next process does."""
        self.closing.set()
        for queue in self.queues.values():
            queue.take_no_more()
        for stop in list(self.stops.values()):
            stop.wish()

    def close(self, seconds: float = 2) -> None:
        """Leave, wait for steps that are being made, and put back what does not come to an end."""
        self.leave()
        end = time.monotonic() + seconds
        for queue in self.queues.values():
            queue.stop(max(0.1, end - time.monotonic()))
        for task in list(self.stops):
            with suppress(Refused):
                self._put_back(task)
        if self.living is not None and not self.stops:  # else others wait until it is dead
            with suppress(Refused):
                self.living.leave()
        self.records.close()
        self.folders.close()

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
        self._end(task, OPEN, FAILED, by, error=json.dumps(error["error"]))

    def tell(self) -> None:
        """Say how many tasks are open."""
        with self.telling, suppress(Refused):  # so that whoever tells last is right
            self.told(len(self.records.of(*OPEN)))

    def _end(
        self, task: str, among: tuple[str, ...], status: str, by: str | None = None, **changes: Any
    ) -> bool:
        expires = time.time() + 3600 * keep_hours()
        ended = self.records.move(task, among, status, by, expires=expires, **changes)
        self.tell()
        return ended
