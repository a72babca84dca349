"""What is known of every task: a table of SQLite, which outlives the process."""

import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

QUEUED, RUNNING, FINISHED = "queued", "running", "finished"
FAILED, CANCELLED = "failed", "cancelled"
OPEN, ENDED = (QUEUED, RUNNING), (FINISHED, FAILED, CANCELLED)
"""What a task is until it ends, and then."""

TABLE = """
CREATE TABLE IF NOT EXISTS tasks (
    task TEXT PRIMARY KEY, route TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL,
    created REAL NOT NULL, expires REAL, step INTEGER NOT NULL, steps INTEGER, error TEXT)
"""


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
    """The table; calls may come from any thread of the process."""

    def __init__(self, path: Path):
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(TABLE)

    def close(self) -> None:
        """No call comes after it."""
        with self.lock:
            self.connection.close()

    def add(self, record: Record) -> None:
        """Keep a new task."""
        values = tuple(vars(record).values())
        self._run(f"INSERT INTO tasks VALUES ({', '.join('?' * len(values))})", *values)

    def get(self, task: str) -> Record | None:
        """A task; None if there is none of this id."""
        return next(iter(self._select("task = ?", task)), None)

    def of(self, *statuses: str) -> list[Record]:
        """Tasks of these statuses, the oldest first."""
        return self._select(f"status IN ({', '.join('?' * len(statuses))})", *statuses)

    def expired(self, now: float) -> list[Record]:
        """Tasks whose time is over."""
        return self._select("expires <= ?", now)

    def move(self, task: str, among: tuple[str, ...], status: str, **changes: Any) -> bool:
        """Give a task another status if it has one of `among`; whether it had."""
        names = ", ".join(f"{name} = ?" for name in ("status", *changes))
        where = f"task = ? AND status IN ({', '.join('?' * len(among))})"
        values = (status, *changes.values(), task, *among)
        return self._run(f"UPDATE tasks SET {names} WHERE {where}", *values) == 1

    def remove(self, task: str) -> None:
        """Forget a task."""
        self._run("DELETE FROM tasks WHERE task = ?", task)

    def _run(self, statement: str, *values: Any) -> int:
        with self.lock:
            return self.connection.execute(statement, values).rowcount

    def _select(self, where: str, *values: Any) -> list[Record]:
        names = ", ".join(Record.__dataclass_fields__)
        text = f"SELECT {names} FROM tasks WHERE {where} ORDER BY created, rowid"
        with self.lock:
            return [Record(*row) for row in self.connection.execute(text, values)]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
