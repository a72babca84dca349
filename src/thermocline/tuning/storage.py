"""Where a study is kept, and what happens to a killed trial.

In PostgreSQL a running trial beats like a heart: one that falls silent was killed. In sqlite and
journal files, which serve one worker (`claim`), it is one that runs while no worker is at work.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.storages.journal import JournalFileBackend

from thermocline.databases import postgres_url, without_password
from thermocline.errors import BadConfig

FORMS = "sqlite:///FILE.db, journal:///FILE.log, or postgresql://USER:PASSWORD@HOST/NAME"
KINDS = ("sqlite", "journal", "postgresql")
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


NOT_READY = ("starting up", "shutting down", "recovery", "connection slots", "too many")
"""What PostgreSQL says when it may take a connection later."""


class Lost(BadConfig):
    """A study's PostgreSQL cannot be reached, as it seems for now."""


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

    def unusable(self, problem: Exception) -> BadConfig:
        """What to say when it cannot be used; the password is left out.

        `Lost` if it cannot be reached: not if PostgreSQL answers, and refuses us.
        """
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
        kind = Lost if self.shared and _away(problem) else BadConfig
        return kind(
            f"the study's database cannot be opened: {said}",
            where=self.shown,
            fix=server if self.shared and reason else f"write {FORMS}",
        )


def _away(problem: Exception) -> bool:
    """Whether a database may be there later: it is not reached, or says that it is not ready."""
    import sqlalchemy

    if not isinstance(problem, sqlalchemy.exc.OperationalError | sqlalchemy.exc.InterfaceError):
        return False
    said = str(problem.orig)
    # What refuses us begins so: a password, a name. Connecting gives no code of an error.
    return "FATAL" not in said or any(words in said for words in NOT_READY)


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
