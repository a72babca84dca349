"""What is done about tasks whose work did not come to its end, and those whose time is over.

A service by itself does so when it starts: whatever is open, a process before it left. Services
that share their tasks look every few seconds for those of one that gives no sign of life.
"""

import logging
import threading
import time
from contextlib import suppress

from bento.refusals import Refused
from bento.replies import refusal
from bento.routes import routes
from bento.tasks import living
from bento.tasks.book import Book
from bento.tasks.records import ENDED, OPEN, QUEUED, RUNNING, Record

logger = logging.getLogger("thermocline.service")
MAX_ENDED, MAX_BYTES = 1000, 20 * 2**30
"""Tasks that ended and are kept, and the bytes of them; the oldest go first."""
ATTEMPTS = 2
"""How often work on a task begins, if the service is ended while it works on it."""
SWEEP = 300
"""Seconds between two looks for tasks whose time is over."""
YOUNG = 3600
"""Seconds for which a folder may belong to a task that is about to be written down."""


class Upkeep:
    """Looks after the tasks of a service, from a thread of its own once it is started."""

    def __init__(self, book: Book):
        self.book, self.waited = book, set[str]()
        self.beat = self.well_since = time.monotonic()  # the last sign, and since when all came

    def start(self) -> None:
        """Take up what is left, and go on looking."""
        if self.book.living is None:
            for record in self.book.records.of(*OPEN):
                self.again(record)
        self.book.tell()
        self.sweep(0 if self.book.living is None else YOUNG)
        threading.Thread(target=self._run, daemon=True).start()

    def again(self, record: Record) -> None:
        """Queue a task once more, or fail it."""
        book, now = self.book, (record.status,)
        if record.attempts >= ATTEMPTS:
            what = f"the service was ended {ATTEMPTS} times while it worked on this task"
            fix = "ask for less; if that does not help, tell the operator of this service"
            book.fail(record.task, refusal(what, "this service", fix), record.owner)
        elif f"/{record.route}" not in routes():
            if book.living is None:  # else a service that has it may do it
                what = f"this service has no address /{record.route} any more"
                book.fail(record.task, refusal(what), record.owner)
        elif book.records.move(record.task, now, QUEUED, record.owner):
            book.put(record)

    def look(self) -> None:
        """Say that this service lives, and take up the tasks of those that do not.

        Whoever could not say so a moment ago does not judge others: they could not either, perhaps.
        If it could not for long, others have its tasks by now.
        """
        book = self.book
        assert book.living is not None
        try:
            book.living.beat()
        except Refused:
            if time.monotonic() - self.beat > living.DEAD:
                for stop in list(book.stops.values()):
                    stop.wish()
            return
        now = time.monotonic()
        if now - self.beat > 3 * living.BEAT:
            self.well_since = now
        self.beat = now
        if now - self.well_since < living.DEAD:
            return
        with suppress(Refused):
            alive = book.living.all()
            for record in book.records.of(RUNNING):
                mine = record.owner == book.owner and record.task not in book.stops
                if mine or record.owner not in alive:
                    self.again(record)
            self._send_again()

    def _send_again(self) -> None:
        """Queue what has waited for two looks though its queue is empty.

        Its message was lost with a service that had taken it and not yet begun.
        """
        book = self.book
        waiting = [each for each in book.records.of(QUEUED) if book.can(each)]
        for record in waiting:
            if record.task in self.waited and book.queue_of(record).empty():
                book.put(record)
        self.waited = {record.task for record in waiting}

    def sweep(self, young: float = YOUNG) -> None:
        """Remove what has expired, what there is no room for, and what belongs to no task."""
        records, folders = self.book.records, self.book.folders
        expired = {each.task for each in records.expired(time.time())}
        kept = size = 0
        for record in reversed(records.of(*ENDED)):
            kept, size = kept + 1, size + folders.size(record.task)
            if record.task in expired or kept > MAX_ENDED or size > MAX_BYTES:
                records.remove(record.task)
                folders.remove(record.task)
        folders.remove_others((each.task for each in records.of(*OPEN, *ENDED)), young)

    def _run(self) -> None:
        swept = time.monotonic()
        pause = SWEEP if self.book.living is None else living.BEAT
        while not self.book.closing.wait(pause):
            try:
                if self.book.living is not None:
                    self.look()
                else:  # what a full disk kept from being written down
                    for record in self.book.records.of(RUNNING):
                        if record.task not in self.book.stops:
                            self.again(record)
                    self._send_again()
                self.book.tell()
                if time.monotonic() - swept >= SWEEP:
                    self.sweep()
                    swept = time.monotonic()
            except Refused:
                logger.warning("the database of tasks does not answer")
            except Exception:  # of the database or the disk; the next look may succeed
                logger.exception("tasks were not looked after")
