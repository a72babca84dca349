"""Validation errors of a request as messages: what is wrong, where, and what to do.

The checks are pydantic's, whose messages are for programmers. Light: no arrays.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

Detail = Mapping[str, Any]
"""One thing that is wrong, as pydantic lists it."""

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "path_type": "is no path of a file",
    "string_type": "is no text",
    "int_type": "is no whole number",
    "int_parsing": "is no whole number",
}
SEVERAL = {
    "string_type": "ask once for each",
    "path_type": "make one file or table of them (of profiles, `thermocline gather` does)",
}
"""What to do where several values are given in place of one, by what pydantic says of them."""
OF_NAMES = ("missing", "extra_forbidden")
"""What is wrong is the name, not a value."""
MAX_ERRORS = 3
"""Most errors in one message."""


class Mistake(NamedTuple):
    """The parts of an error's message; see `errors.ThermoclineError`."""

    what: str
    where: str
    fix: str = ""


def told(details: Sequence[Detail], known: Mapping[str, str] | None = None) -> Mistake:
    """What is wrong, of the first place where something is.

    Args:
        details: what pydantic lists; at least one.
        known: fields of the question and what they are; None if that is not known here.
    """
    place = _loc(details[0])[:-1]
    here = [each for each in details if _loc(each)[:-1] == place]
    if len(here) == 1 and (not place or here[0].get("type") not in OF_NAMES):
        found = _alone(here[0], known or {})
    else:
        whats = [f"`{_shown(_loc(each)[-1:])}` {_said(each)}" for each in here[:MAX_ERRORS]]
        found = Mistake("; ".join(whats), _shown(place) or "request")
    more = len(details) - min(len(here), MAX_ERRORS)
    return found._replace(what=f"{found.what}; and {more} more") if more else found


def _alone(detail: Detail, known: Mapping[str, str]) -> Mistake:
    """The only thing that is wrong at its place."""
    name, (what, _, advice) = _shown(_loc(detail)), _said(detail).partition(": give ")
    if detail.get("type") in OF_NAMES:
        near = get_close_matches(name, known, n=1)
        others = f"known are {', '.join(known)}" if known else ""
        return Mistake(what, name, f"did you mean `{near[0]}`?" if near else others)
    if not isinstance(detail.get("input", {}), Mapping):
        what += f" (got {detail['input']!r:.80})"
    if advice or name in known:
        return Mistake(what, name, f"give {advice}" if advice else f"give: {known[name]}")
    return Mistake(what, name or "request")


def _said(detail: Detail) -> str:
    kind, given = str(detail.get("type")), detail.get("input")
    if kind in SEVERAL and hasattr(given, "__len__") and not isinstance(given, Mapping):
        return f"is several, where one is asked for: {SEVERAL[kind]}"
    said = str(detail.get("msg", "not valid")).removeprefix("Value error, ")
    said = WORDS.get(kind, said).removeprefix("Input ")
    return said[:1].lower() + said[1:]


def _loc(detail: Detail) -> tuple[Any, ...]:
    return tuple(detail.get("loc", ()))


def _shown(loc: tuple[Any, ...]) -> str:
    """Such as `observations[0].depth`."""
    names = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(names).removeprefix(".")
