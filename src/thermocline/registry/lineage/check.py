"""The outcome of looking at one link of a chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from thermocline.errors import ThermoclineError

OK, BROKEN, NOT_HERE = "ok", "BROKEN", "not here"


@dataclass(frozen=True)
class Check:
    """One link: `state` is OK, BROKEN, or NOT_HERE where what it needs is not on this machine."""

    link: str
    state: str
    detail: str


def same(link: str, found: str, recorded: str, what: str) -> Check:
    """Whether two texts agree; what was not recorded cannot be checked."""
    if not recorded:
        return Check(link, NOT_HERE, f"{what} was not recorded")
    if found == recorded:
        return Check(link, OK, f"{what} {recorded}")
    return Check(link, BROKEN, f"{what} is {found or 'nothing'}, recorded was {recorded}")


def guarded(link: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks of a link; what they cannot read is a break of that link, not of the others'."""
    try:
        yield from checks()
    except Exception as problem:  # whatever a damaged file makes the libraries raise
        reason = str(problem) if isinstance(problem, ThermoclineError) else repr(problem)
        yield Check(link, BROKEN, reason)
