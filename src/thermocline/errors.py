"""One error type for everything a user can mend: it says what, where, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WITHHELD: ContextVar[bool] = ContextVar("withheld", default=False)


@contextmanager
def withholding() -> Iterator[None]:
    """Within it, messages repeat nothing of a file's content: for answers to strangers."""
    token = _WITHHELD.set(True)
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def shown(content: object, longest: int = 60) -> str:
    """Something that a file holds, for a message; "…" where messages go to strangers."""
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
