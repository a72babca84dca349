"""One error type for everything a user can mend: it says what, where, and what to do.

Beside it stands what all modules may need: a value that holds for a while (`holding`).
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from errno import EACCES, EDQUOT, EEXIST, EISDIR, ENAMETOOLONG, ENOSPC, ENOTDIR, EROFS
from typing import TypeVar

Value = TypeVar("Value")
ADVICE = {
    ENOSPC: "free some space, and do the same again: what is finished is kept",
    EDQUOT: "free some of your share of the disk, and do the same again: what is finished is kept",
    EROFS: "name a place that can be written to",
    EACCES: "ask whose it is for access, or name another place",
    EEXIST: "a file has the name of a folder: name another place",
    ENOTDIR: "a file has the name of a folder: name another place",
    EISDIR: "a folder has the name of a file: name another place",
    ENAMETOOLONG: "name a shorter one",
}
"""What is to be done where the machine refuses a file."""
REGISTRY = {"mlflow": "MLflow", "sqlalchemy": "database", "sqlite3": "database"}
"""The packages whose errors are the registry's, and what to call them."""
DATABASE_ADVICE = {
    "is locked": "wait until whoever works with it is done, and try again",
    "readonly database": "ask its owner for the right to write to it, and to its folder",
    "is full": "free some space, and do the same again: what is finished is kept",
    "disk I/O error": "see whether the disk is full or damaged, and do the same again",
    "Permission denied": "ask the tracking server's admin for the right to change it",
    "not authenticated": "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to an account",
    "Max retries exceeded": "start the tracking server, or correct MLFLOW_TRACKING_URI",
}
"""What is to be done, by what SQLite and MLflow's server say."""

_WITHHELD: ContextVar[bool] = ContextVar("withheld", default=False)


@contextmanager
def holding(variable: ContextVar[Value], value: Value) -> Iterator[None]:
    """Within it, on this thread, the variable has this value."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def withholding() -> AbstractContextManager[None]:
    """Within it, messages repeat nothing of a file's content: for the service's error messages."""
    return holding(_WITHHELD, True)


def shown(content: object, longest: int = 60) -> str:
    """Something that a file holds, for a message; "…" in error messages of the service."""
    return "…" if _WITHHELD.get() else str(content)[:longest]


class ThermoclineError(ValueError):
    """A problem the user can mend.

    Args:
        what: what is wrong, with the offending value.
        where: file, variable, key or argument it was found in.
        fix: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = ""):
        self.what, self.where, self.fix = what, where, fix
        super().__init__(what, where, fix)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" → {self.fix}" if self.fix else ""
        return f"{place}{self.what}{advice}"


class BadFile(ThermoclineError):
    """A file that cannot be read, is incomplete, or is not what its name says."""


class BadData(ThermoclineError):
    """Values, units or coordinates that cannot be what they claim to be."""


class BadConfig(ThermoclineError):
    """An unknown key or an impossible setting."""


class BadObservations(ThermoclineError):
    """Observations that cannot be used for an analysis."""


def in_words(problem: Exception) -> ThermoclineError:
    """What a user can mend, in words, with advice; raises anything else.

    That is a ThermoclineError, the machine's refusal of a file, and a complaint of MLflow or of the
    database behind it.
    """
    if isinstance(problem, ThermoclineError):
        return problem
    if isinstance(problem, OSError):
        return of_the_machine(problem)
    return _of_the_registry(problem)


def of_the_machine(problem: OSError) -> ThermoclineError:
    """The machine's refusal of a file, in words; raises what nobody could mend."""
    if problem.errno not in ADVICE:
        raise problem
    reason = os.strerror(problem.errno).lower()
    return BadFile(
        reason, where=str(problem.filename2 or problem.filename or ""), fix=ADVICE[problem.errno]
    )


def _of_the_registry(problem: Exception) -> ThermoclineError:
    """The server is away or does not allow it, or its database is damaged, full or read-only.

    A mistake in a statement is nobody's to mend, and is raised.
    """
    room = type(problem).__module__.partition(".")[0]
    if room not in REGISTRY or type(problem).__name__ == "ProgrammingError":
        raise problem
    said = str(getattr(problem, "orig", None) or problem)
    reason = " ".join(said.partition("[SQL: ")[0].split())[:500]
    usual = "" if room == "mlflow" else "check the database, or restore it from a copy"
    known = next((advice for sign, advice in DATABASE_ADVICE.items() if sign in reason), usual)
    return ThermoclineError(reason, where=REGISTRY[room], fix=known)
