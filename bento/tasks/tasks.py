"""Tasks from their submission to their end.

A process that is killed leaves tasks queued or running. The next one queues them once more; it
fails those that it finds running for the second time, which may be what kills it.
"""

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bento.answers import in_words
from bento.limits import at_once
from bento.refusals import Refused
from bento.replies import refusal
from bento.routes import Route, routes
from bento.stopping import Stop, Stopped
from bento.tasks.folders import Folders
from bento.tasks.queue import Queue
from bento.tasks.records import (
    CANCELLED,
    ENDED,
    FAILED,
    FINISHED,
    OPEN,
    QUEUED,
    RUNNING,
    Record,
    Records,
)
from thermocline.errors import ThermoclineError
from thermocline.systems.protocol import Progress

logger = logging.getLogger("thermocline.service")

Answering = Callable[[Route, BaseModel, Stop, Progress, Path], tuple[Any, Any]]
"""Gives the dataset that answers a request, to be written to a path, beside which what is finished
is kept, and the one that it is compared with, or None; raises Stopped when that is wished."""

MAX_OPEN = 64
"""Tasks that wait or are worked on."""
MAX_ENDED, MAX_BYTES = 1000, 20 * 2**30
"""Those that ended and are kept, and the bytes of them; the oldest go first."""
ATTEMPTS = 2
SWEEP = 300
"""Seconds between two looks for tasks whose time is over."""


def keep_hours() -> float:
    """THERMOCLINE_KEEP_HOURS: how long a task is kept after its end."""
    return float(os.environ.get("THERMOCLINE_KEEP_HOURS") or 24)


class Tasks:
    """All tasks of a service.

    Args:
        home: their folder, which no other process may hold at the same time.
        told: called with the number of tasks that wait or are worked on, whenever it changes.

    Raises:
        BadFile: if another does.
    """

    def __init__(
        self,
        home: Path,
        answering: Answering,
        told: Callable[[int], None],
    ):
        self.folders, self.answering = Folders(home), answering
        self.told = told
        self.records = Records(home / "tasks.db")
        self.stops: dict[str, Stop] = {}
        self.steps: dict[str, tuple[int, int]] = {}
        self.closing = threading.Event()
        self.telling = threading.Lock()
        file = home / "queue.db"
        self.queues = {
            large: Queue(file, "large" if large else "small", threads, self.work)
            for large, threads in ((False, at_once()), (True, 1))
        }
        self.take_up()
        threading.Thread(target=self._sweep, daemon=True).start()
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
        self._put(record)
        self._tell()
        return record

    def get(self, task: str) -> Record | None:
        """What is known of a task; None if there is none, or its time is over."""
        record = self.records.get(task)
        if record is None or (record.expires is not None and record.expires <= time.time()):
            return None
        if record.status == RUNNING and task in self.steps:
            step, steps = self.steps[task]
            return Record(**vars(record) | {"step": step, "steps": steps})
        return record

    def cancel(self, task: str) -> None:
        """End a task; work on it stops after the step that is being made."""
        if self._end(task, OPEN, CANCELLED) and task in self.stops:
            self.stops[task].wish()

    def work(self, task: str) -> None:
        """Do a task that is queued; called by a consumer."""
        record = self.records.get(task)
        if record is None or self.closing.is_set():
            return
        stop = self.stops[task] = Stop()
        try:
            if self.records.move(task, (QUEUED,), RUNNING, attempts=record.attempts + 1):
                self._work(record, stop)
        except Stopped:
            if self.closing.is_set():  # not its fault: the next process does it
                self.records.move(task, (RUNNING,), QUEUED, attempts=record.attempts)
            else:
                self.folders.remove_unfinished(task)
        except Exception:
            logger.exception("internal error in a task of /%s", record.route)
            self._fail(task, refusal("internal error", fix="tell the operator of this service"))
        finally:
            self.stops.pop(task, None)
            self.steps.pop(task, None)

    def _work(self, record: Record, stop: Stop) -> None:
        task, route = record.task, routes()[f"/{record.route}"]

        def progress(done: int, of: int) -> None:
            self.steps[task] = done, of

        files = self.folders.files(task, route)
        try:
            request = self.folders.request(task, route)
            file = self.folders.netcdf(task)
            dataset, comparison = self.answering(route, request, stop, progress, file)
        except ThermoclineError as problem:
            self._fail(task, in_words(problem, files))
            return
        except Refused as refused:
            self._fail(task, refused.body)
            return
        self.folders.write(task, route, dataset, comparison)
        step, steps = self.steps.get(task, (1, 1))
        self._end(task, (RUNNING,), FINISHED, step=step, steps=steps)

    def take_up(self) -> None:
        """Queue what a process left that was killed, or fail it."""
        for record in self.records.of(*OPEN):
            if record.attempts >= ATTEMPTS:
                what = f"the service was ended {ATTEMPTS} times while it worked on this task"
                fix = "ask for less; if that does not help, tell the operator of this service"
                self._fail(record.task, refusal(what, "this service", fix))
            elif f"/{record.route}" in routes():
                self.records.move(record.task, OPEN, QUEUED)
                self._put(record)
            else:
                what = f"this service has no address /{record.route} any more"
                self._fail(record.task, refusal(what))
        self._tell()
        self.folders.remove_others(each.task for each in self.records.of(*OPEN, *ENDED))

    def sweep(self) -> None:
        """Remove what has expired, and what there is no room for."""
        expired = {each.task for each in self.records.expired(time.time())}
        kept = size = 0
        for record in reversed(self.records.of(*ENDED)):
            kept, size = kept + 1, size + self.folders.size(record.task)
            if record.task in expired or kept > MAX_ENDED or size > MAX_BYTES:
                self.records.remove(record.task)
                self.folders.remove(record.task)

    def close(self, seconds: float = 5) -> None:
        """Stop after the step that is being made; what is not done, the next process does."""
        self.closing.set()
        for stop in list(self.stops.values()):
            stop.wish()
        for queue in self.queues.values():
            queue.stop(seconds)
        self.records.close()
        self.folders.close()

    def _put(self, record: Record) -> None:
        self.queues[routes()[f"/{record.route}"].endpoint.one_at_a_time].put(record.task)

    def _fail(self, task: str, error: dict[str, Any]) -> None:
        self._end(task, OPEN, FAILED, error=json.dumps(error["error"]))

    def _end(self, task: str, among: tuple[str, ...], status: str, **changes: Any) -> bool:
        expires = time.time() + 3600 * keep_hours()
        ended = self.records.move(task, among, status, expires=expires, **changes)
        self._tell()
        return ended

    def _tell(self) -> None:
        with self.telling:  # so that whoever tells last is right
            self.told(len(self.records.of(*OPEN)))

    def _sweep(self) -> None:
        while not self.closing.wait(SWEEP):
            self.sweep()
