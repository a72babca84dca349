"""What is known of every task: a table, which outlives the process."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Executable,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    select,
)

from bento.tasks.databases import alone, connected

QUEUED, RUNNING, FINISHED = "queued", "running", "finished"
FAILED, CANCELLED = "failed", "cancelled"
OPEN, ENDED = (QUEUED, RUNNING), (FINISHED, FAILED, CANCELLED)
"""What a task is until it ends, and then."""

TABLES = MetaData()
TASKS = Table(
    "thermocline_tasks",
    TABLES,
    Column("task", String, primary_key=True),
    Column("route", String, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("step", Integer, nullable=False),
    Column("steps", Integer),
    Column("error", String),
    Column("owner", String),
)


@dataclass(frozen=True)
class Record:
    """A task.

    Attributes:
        task: its id, which nobody can guess.
        route: of the endpoint that it asks.
        attempts: how often work on it began.
        created, expires: seconds since 1970; a task expires some time after its end.
        step, steps: parts of its work that are done, and of how many.
        error: why it failed, in the service's one form.
        owner: the process that works on it, or did last.
    """

    task: str
    route: str
    status: str
    attempts: int
    created: float
    expires: float | None = None
    step: int = 0
    steps: int | None = None
    error: str | None = None
    owner: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As clients see it: plain JSON."""
        said: dict[str, Any] = {
            "task": self.task,
            "route": self.route,
            "status": self.status,
            "step": self.step,
            "steps": self.steps,
            "created": _iso(self.created),
            "expires": None if self.expires is None else _iso(self.expires),
        }
        return said if self.error is None else said | {"error": json.loads(self.error)}


class Records:
    """The table; calls may come from any thread. All raise Refused (503) without a database."""

    def __init__(self, engine: Engine):
        self.engine = engine
        with alone(engine):
            TABLES.create_all(engine, tables=[TASKS])

    def close(self) -> None:
        """No call comes after it."""
        self.engine.dispose()

    def add(self, record: Record) -> None:
        """Keep a new task."""
        self._run(TASKS.insert().values(vars(record)))

    def get(self, task: str) -> Record | None:
        """A task; None if there is none of this id."""
        return next(iter(self._select(TASKS.c.task == task)), None)

    def of(self, *statuses: str) -> list[Record]:
        """Tasks of these statuses, the oldest first."""
        return self._select(TASKS.c.status.in_(statuses))

    def expired(self, now: float) -> list[Record]:
        """Tasks whose time is over."""
        return self._select(TASKS.c.expires <= now)

    def move(
        self, task: str, among: tuple[str, ...], status: str, by: str | None = None, **changes: Any
    ) -> bool:
        """Give a task another status if it has one of `among`; whether it had.

        Args:
            by: the owner that it must have, too; None for any.
        """
        found = (TASKS.c.task == task) & TASKS.c.status.in_(among)
        if by is not None:
            found &= TASKS.c.owner == by
        return self._run(TASKS.update().where(found).values(status=status, **changes)) == 1

    def stepped(self, task: str, by: str, step: int, steps: int) -> bool:
        """Keep how far a running task is; whether it is still its owner's, and not cancelled."""
        return self.move(task, (RUNNING,), RUNNING, by, step=step, steps=steps)

    def remove(self, task: str) -> None:
        """Forget a task."""
        self._run(TASKS.delete().where(TASKS.c.task == task))

    def _run(self, statement: Executable) -> int:
        with connected(self.engine) as connection:
            return connection.execute(statement).rowcount

    def _select(self, found: ColumnElement[bool]) -> list[Record]:
        query = select(TASKS).where(found).order_by(TASKS.c.created, TASKS.c.task)
        with connected(self.engine) as connection:
            return [Record(*row) for row in connection.execute(query)]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
