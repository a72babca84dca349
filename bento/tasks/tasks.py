"""Tasks from their submission to their end.

A process that is killed leaves tasks queued or running: see `upkeep`. Whose second process is
killed while it works on a task fails it, because it may be what kills them.
"""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bento.answers import in_words
from bento.refusals import Refused
from bento.replies import refusal
from bento.routes import Route, routes
from bento.stopping import Stop, Stopped
from bento.tasks.book import Book
from bento.tasks.records import CANCELLED, FINISHED, OPEN, QUEUED, RUNNING, Record
from bento.tasks.upkeep import Upkeep
from thermocline.errors import ThermoclineError
from thermocline.systems.endpoint import Progress

logger = logging.getLogger("thermocline.service")

Answering = Callable[[Route, BaseModel, Stop, Progress, Path], tuple[Any, Any]]
"""Gives the dataset that answers a request, to be written to a path, beside which what is finished
is kept, and the one that it is compared with, or None; raises Stopped when that is wished."""

MAX_OPEN = 64
"""Tasks that wait or are worked on."""
TOLD = 0.5
"""Seconds between two times that the table is told how far a task is."""


class Tasks:
    """What a service does with its tasks.

    Args:
        home, told, able: as those of a `Book`.
        answering: answers a request.

    Raises:
        BadFile, Refused: as a `Book` does.
    """

    def __init__(
        self,
        home: Path,
        answering: Answering,
        told: Callable[[int], None],
        able: Callable[[Route], bool] = lambda route: True,
    ):
        self.answering = answering
        self.steps: dict[str, tuple[int, int]] = {}
        self.book = Book(home, self.work, told, able)
        try:
            self.upkeep = Upkeep(self.book)
            self.upkeep.start()
        except BaseException:
            self.book.folders.close()
            raise
        for queue in self.book.queues.values():
            queue.start()

    def submit(self, route: Route, request: BaseModel) -> Record:
        """Keep a request, and queue it; raises Refused (429) if too many wait already."""
        if len(self.book.records.of(*OPEN)) >= MAX_OPEN:
            fix = "wait until some have ended, and send the request again"
            raise Refused(429, "too many tasks", "", fix, retry=60)
        record = Record(secrets.token_urlsafe(16), route.endpoint.route, QUEUED, 0, time.time())
        self.book.folders.keep(record.task, route, request)
        self.book.records.add(record)
        self.book.put(record)
        self.book.tell()
        return record

    def get(self, task: str) -> Record | None:
        """What is known of a task; None if there is none, or its time is over."""
        record = self.book.records.get(task)
        if record is None or (record.expires is not None and record.expires <= time.time()):
            return None
        if record.status == RUNNING and (own := self.steps.get(task)):
            step, steps = own
            return Record(**vars(record) | {"step": step, "steps": steps})
        return record

    def cancel(self, task: str) -> None:
        """End a task; work on it stops after the step that is being made."""
        if self.book.end(task, OPEN, CANCELLED) and (stop := self.book.stops.get(task)):
            stop.wish()

    def work(self, task: str) -> None:
        """Do a task that is queued; called by a consumer."""
        record = self.book.records.get(task)
        if record is None or record.status != QUEUED or not self.book.can(record):
            return
        if self.book.closing.is_set():  # taken just before: it is for others, or the next process
            if self.book.living is not None:
                self.book.put(record)
            return
        stop = Stop()
        if self.book.stops.setdefault(task, stop) is not stop:
            return  # another thread does it: it was queued twice
        if self.book.closing.is_set():
            stop.wish()  # `leave` may have looked just before
        began: dict[str, Any] = {"attempts": record.attempts + 1, "owner": self.book.owner}
        try:
            if self.book.records.move(task, (QUEUED,), RUNNING, **began):
                self._work(record, stop)
        except Stopped:
            with suppress(Refused):
                self._stopped(record)
        except Refused:  # the database is away: upkeep sees later that nobody works on it
            logger.warning("the database of tasks does not answer")
        except Exception:
            logger.exception("internal error in a task of /%s", record.route)
            error = refusal("internal error", fix="tell the operator of this service")
            self.book.fail(task, error, self.book.owner)
        finally:
            self.book.stops.pop(task, None)
            self.steps.pop(task, None)

    def _stopped(self, record: Record) -> None:
        if not self.book.closing.is_set():
            now = self.book.records.get(record.task)
            if now is None or now.status == CANCELLED:  # else another service goes on with it
                self.book.folders.remove_unfinished(record.task)
            return
        self._put_back(record.task)

    def _put_back(self, task: str) -> None:
        """Queue a task again that this service works on, and ends.

        That it ends is not the task's fault: another, or the next, does it.
        """
        record = self.book.records.get(task)
        if record is None:
            return
        again: dict[str, Any] = {"attempts": max(0, record.attempts - 1)}
        left = self.book.records.move(task, (RUNNING,), QUEUED, self.book.owner, **again)
        if left and self.book.living is not None:
            self.book.put(record)

    def _work(self, record: Record, stop: Stop) -> None:
        task, route = record.task, routes()[f"/{record.route}"]
        written = 0.0

        def progress(done: int, of: int) -> None:
            nonlocal written
            self.steps[task] = done, of
            if self.book.living is not None and time.monotonic() - written >= TOLD:
                written = time.monotonic()
                with suppress(Refused):  # how far it is can be told later
                    if not self.book.records.stepped(task, self.book.owner, done, of):
                        stop.wish()

        files = self.book.folders.files(task, route)
        try:
            request = self.book.folders.request(task, route)
            file = self.book.folders.netcdf(task)
            dataset, comparison = self.answering(route, request, stop, progress, file)
        except ThermoclineError as problem:
            self.book.fail(task, in_words(problem, files), self.book.owner)
            return
        except Refused as refused:
            self.book.fail(task, refused.body, self.book.owner)
            return
        step, steps = self.steps.get(task, (1, 1))
        if not self.book.records.stepped(task, self.book.owner, step, steps):
            raise Stopped  # it was cancelled, or another service has it
        self.book.folders.write(task, route, dataset, comparison)
        self.book.end(task, (RUNNING,), FINISHED, self.book.owner, step=step, steps=steps)

    def leave(self) -> None:
        """Stop after the step that is being made; what is not done, the next process does."""
        self.book.closing.set()
        for queue in self.book.queues.values():
            queue.take_no_more()
        for stop in list(self.book.stops.values()):
            stop.wish()

    def close(self, seconds: float = 2) -> None:
        """Leave, wait for steps that are being made, and put back what does not come to an end."""
        self.leave()
        end = time.monotonic() + seconds
        for queue in self.book.queues.values():
            queue.stop(max(0.1, end - time.monotonic()))
        for task in list(self.book.stops):
            with suppress(Refused):
                self._put_back(task)
        # Others wait until this service is dead if it works on a task still.
        if self.book.living is not None and not self.book.stops:
            with suppress(Refused):
                self.book.living.leave()
        self.book.records.close()
        self.book.folders.close()
