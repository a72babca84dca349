"""What is written is not waited for: tests kill processes, of which the disk knows nothing.

What a process has handed to the system outlasts its end; only a machine that stops loses it. For
tests it stays the same to the bit, without tens of thousands of waits for a disk.
"""

import os
import sqlite3
from contextlib import suppress
from typing import Any


def wait_for_no_disk() -> None:
    """From here on this process, and its forks, wait neither for files nor for SQLite's."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            with suppress(sqlite3.DatabaseError):  # a damaged one says so when it is used
                connection.execute("PRAGMA synchronous=OFF")

    os.fsync = lambda _: None
