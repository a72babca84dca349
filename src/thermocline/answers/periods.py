"""Periods such as "2008-01/2008-12", and the dates in them that answers are asked for. Light."""

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, NamedTuple

from thermocline.answers.dates import check_year
from thermocline.errors import BadData

Step = Literal["day", "month"]
PERIOD = r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?"
FIX = 'give its first and last year, month or day, such as "2008-01/2008-12"'


class Period(NamedTuple):
    """From the first day to the last, both of which are in it."""

    first: date
    last: date


def period(text: str, where: str = "dates") -> Period:
    """The period that a text says: two years, months or days, or one; the last is in it to its end.

    Raises:
        BadData: for another text, no such day, a year that answers cannot be dated in, or an end
            before the beginning.
    """
    ends = text.strip().split("/") if isinstance(text, str) else []
    if not 0 < len(ends) < 3:
        raise BadData(f"{text!r:.80} is no period", where=where, fix=FIX)
    try:
        found = Period(_days(ends[0])[0], _days(ends[-1])[1])
    except ValueError:
        raise BadData(f"{text!r:.80} is no period", where=where, fix=FIX) from None
    for each in found:
        try:
            check_year(each.year)
        except ValueError as problem:
            raise BadData(str(problem), where=where, fix=FIX) from None
    if found.last < found.first:
        raise BadData(f"{text!r:.80} ends before it begins", where=where, fix=FIX)
    return found


def _days(text: str) -> Period:
    """The days of a year, a month or a day; raises ValueError for anything else."""
    found = re.fullmatch(PERIOD, text.strip(), re.ASCII)
    if found is None:
        raise ValueError(text)
    year, month, day = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    first = date(year, month or 1, day or 1)
    if day is not None:
        return Period(first, first)
    end = month or 12
    return Period(first, date(year, end, monthrange(year, end)[1]))


def dates_in(within: Period, step: Step, every: int = 1) -> list[str]:
    """Every `every`-th day or month of a period, as requests have them: "2008-03-14", "2008-03"."""
    if step == "month":
        first, last = (12 * each.year + each.month - 1 for each in within)
        return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1, every)]
    days = (within.last - within.first).days
    return [str(within.first + timedelta(n)) for n in range(0, days + 1, every)]
