"""Where a study is kept, who may work on it at once, and what happens to a killed trial.

sqlite and journal files serve one worker, which holds a lock of the operating system for as long
as it lives: whatever is still running when the lock was free belongs to a killed one. PostgreSQL
serves any number, on any number of machines: a running trial beats like a heart there, and one
that falls silent was killed.
"""

import fcntl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import JournalFileBackend

from thermocline.databases import postgres_url, without_password
from thermocline.errors import BadConfig

FORMS = "sqlite:///FILE.db, journal:///FILE.log, or postgresql://USER:PASSWORD@HOST/NAME"
KINDS = ("sqlite", "journal", "postgresql")
LOCK = 0x7468_6572_6D6F  # "thermo": one advisory lock a database, for all its studies
RETRIES = 3
CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How soon a worker sees that PostgreSQL cannot be reached (parameters of libpq): the last is in
milliseconds, the times before it in seconds."""


class Lost(BadConfig):
    """A study's PostgreSQL cannot be reached."""


@dataclass(frozen=True)
class Heart:
    """A running trial's sign of life: every `beat` seconds; killed after `grace` of silence."""

    beat: int = 15
    grace: int = 60


@dataclass(frozen=True)
class Storage:
    """A study's database.

    Attributes:
        address: what SQLAlchemy or the journal is opened by, with its password.
        shown: the same without.
        kind: one of `KINDS`.
    """

    address: str
    shown: str
    kind: str

    @classmethod
    def parse(cls, address: str) -> "Storage":
        """From an address; raises BadConfig for one that cannot hold a study."""
        scheme = address.partition(":")[0].partition("+")[0]
        kind = "postgresql" if scheme == "postgres" else scheme
        if kind not in KINDS or (kind != "postgresql" and "///" not in address):
            shown = address.rpartition("@")[2]
            raise BadConfig(
                "not a database that can hold a study", where=shown, fix=f"write {FORMS}"
            )
        if kind == "journal":
            return cls(address, address, kind)
        return cls(postgres_url(address), without_password(address), kind)

    @property
    def shared(self) -> bool:
        """Whether several workers may use it at once."""
        return self.kind == "postgresql"

    @property
    def file(self) -> Path:
        """The file of a storage that is one."""
        return Path(self.address.partition(":///")[2].partition("?")[0])

    def open(self, heart: Heart) -> optuna.storages.BaseStorage:
        """Optuna's storage; hold the claim meanwhile: tables are made if there are none.

        Raises:
            BadConfig: if it cannot be opened.
        """
        import sqlalchemy

        try:
            if self.kind == "journal":
                return optuna.storages.JournalStorage(JournalFileBackend(str(self.file)))
            if not self.shared:
                return optuna.storages.RDBStorage(self.address)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return optuna.storages.RDBStorage(
                    self.address,
                    heartbeat_interval=heart.beat,
                    grace_period=heart.grace,
                    heartbeat_stale_trial_callback=retry,
                    engine_kwargs={"pool_pre_ping": True, "connect_args": CONNECTION},
                )
        except (sqlalchemy.exc.SQLAlchemyError, ImportError, OSError, RuntimeError) as problem:
            raise self.unusable(problem) from problem

    @contextmanager
    def working(self) -> Iterator["Claim"]:
        """A worker's right to the storage; yields its claim.

        Raises:
            BadConfig: if another worker is at a storage that serves one.
        """
        if self.shared:
            yield Claim(self)
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.with_name(f"{self.file.name}.worker").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadConfig(
                    f"{self.kind} serves one worker, and another is at work",
                    where=self.shown,
                    fix="wait for it, or use --storage postgresql://USER:PASSWORD@HOST/NAME",
                ) from None
            yield Claim(self)

    def unusable(self, problem: Exception, kind: type[BadConfig] = BadConfig) -> BadConfig:
        """What to say when it cannot be used; the password is left out."""
        reason = getattr(problem, "orig", None)  # what the database's driver said
        said = str(reason or f"{type(problem).__name__}: {problem}").partition("\n")[0]
        said = said.removeprefix("connection failed: ").replace(self.address, self.shown)
        if self.kind == "sqlite" and "database is locked" in said:
            return BadConfig(
                "the study's file is locked by another program, such as a dashboard or a backup",
                where=self.shown,
                fix="wait until it is done, or end it; or name another file with --storage",
            )
        server = (
            "start PostgreSQL, or correct the user, password, host, port or name in the address "
            "(in a password write %40 for @, %2F for /, %3A for :)"
        )
        return kind(
            f"the study's database cannot be opened: {said}",
            where=self.shown,
            fix=server if self.shared and reason else f"write {FORMS}",
        )


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
    except sqlalchemy.exc.OperationalError as problem:
        raise storage.unusable(problem, Lost) from problem
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise storage.unusable(problem) from problem
    return connection


def retry(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    """Put a killed trial back into the queue, with what it had reported, a few times at most."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        again: Callable[..., None] = optuna.storages.RetryHeartbeatStaleTrialCallback(
            max_retry=RETRIES, inherit_intermediate_values=True
        )
    again(study, trial)


def original(trial: optuna.trial.FrozenTrial) -> int:
    """The number a trial had when it was first begun."""
    number: int = trial.system_attrs.get("failed_trial", trial.number)
    return number
