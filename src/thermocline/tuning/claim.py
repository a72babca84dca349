"""Who may work on a study at once.

sqlite and journal files serve one worker, which holds a lock of the operating system for as long
as it lives: whatever is still running when the lock was free belongs to a killed one. PostgreSQL
serves any number, on any number of machines, which take trials in turns.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from thermocline.errors import BadConfig
from thermocline.tuning.storage import CONNECTION, Storage

LOCK = 0x7468_6572_6D6F  # "thermo": one advisory lock a database, for all its studies


@contextmanager
def working(storage: Storage) -> Iterator["Claim"]:
    """A worker's right to the storage; yields its claim.

    Raises:
        BadConfig: if another worker is at a storage that serves one.
    """
    if storage.shared:
        yield Claim(storage)
        return
    storage.file.parent.mkdir(parents=True, exist_ok=True)
    with storage.file.with_name(f"{storage.file.name}.worker").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadConfig(
                f"{storage.kind} serves one worker, and another is at work",
                where=storage.shown,
                fix="wait for it, or use --storage postgresql://USER:PASSWORD@HOST/NAME",
            ) from None
        yield Claim(storage)


class Claim:
    """Held while a worker looks at what is left to do and takes one trial.

    With PostgreSQL it is an advisory lock on a connection of its own, which the server frees if
    the worker is killed; the lock of a file is the worker's for all its life.
    """

    def __init__(self, storage: Storage):
        self.storage, self._connection = storage, None

    def __enter__(self) -> "Claim":
        if self.storage.shared:
            self._connection = _connect(self.storage)
        return self

    def release(self) -> None:
        """Let others claim; does nothing if it was released."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __exit__(self, *_: object) -> None:
        self.release()


def _connect(storage: Storage) -> Any:
    """A connection that holds the lock; ending it gives the lock back."""
    import sqlalchemy
    from sqlalchemy import text
    from sqlalchemy.pool import NullPool

    engine = sqlalchemy.create_engine(
        storage.address,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args=CONNECTION,
    )
    try:
        connection = engine.connect()
        # A machine that vanishes says no goodbye: the server asks after it.
        for name, seconds in (("idle", 10), ("interval", 5), ("count", 3)):
            connection.execute(text(f"SET tcp_keepalives_{name} = {seconds}"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise storage.unusable(problem) from problem
    return connection
