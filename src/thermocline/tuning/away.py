"""A study's PostgreSQL that cannot be reached: it is waited for, for a while, and that is said."""

import time
from collections.abc import Callable
from typing import TypeVar

from optuna.exceptions import StorageInternalError

from thermocline.tuning.storage import Lost, Storage

OUTAGE = 600.0
"""Seconds that a worker waits for a database that it cannot reach."""
PAUSE = 1.0
T = TypeVar("T")


class Outage:
    """The time for which a database has been away.

    Args:
        tell: told once when an outage begins, and once when it is over.
    """

    def __init__(self, storage: Storage, tell: Callable[[str], None]):
        self.storage, self.tell, self.began = storage, tell, 0.0

    def __bool__(self) -> bool:
        return self.began > 0

    def endure(self, problem: Exception) -> None:
        """Raise `problem` if nothing is to be waited for, or was for too long; else return."""
        if not self.storage.shared:
            raise problem
        if not self.began:
            self.began = time.monotonic()
            reason = getattr(problem, "what", "the study's database was lost")
            self.tell(
                f"{reason} (at {self.storage.shown}). It is waited for, {OUTAGE / 60:.0f} minutes "
                "at most; Ctrl+C ends this, and finished trials are kept."
            )
        elif time.monotonic() - self.began > OUTAGE:
            raise problem

    def over(self) -> None:
        """The database was there."""
        if self.began:
            self.tell(
                f"The study's database is there, after {time.monotonic() - self.began:.0f} s."
            )
            self.began = 0.0

    def through(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, as soon as the database is there.

        Raises:
            BadConfig: if it stays away, or refuses us.
        """
        while True:
            try:
                found = ask()
            except (Lost, StorageInternalError) as problem:
                self.endure(problem)
                time.sleep(PAUSE)
            else:
                self.over()
                return found
