"""Dates that requests ask for, as text: a day, or a month. Light: no arrays."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Answers are dated in nanoseconds, of which 64 bits hold these years whole."""


def _day(text: str) -> str:
    return _checked(text, text, 'give a day, such as "2008-03-14"')


def _day_or_month(text: str) -> str:
    month = re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII)
    words = 'give a day, such as "2008-03-14", or a month, such as "2008-03"'
    return _checked(text, f"{text}-01" if month else text, words)


def _checked(text: str, day: str, words: str) -> str:
    """`text`, whose `day` is one of the calendar; raises ValueError with the `words`."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
            raise ValueError
        year = date.fromisoformat(day).year
    except ValueError:
        raise ValueError(f"not a date: {words}") from None
    check_year(year)
    return text


def check_year(year: int) -> None:
    """Raises ValueError for a year that answers cannot be dated in."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(
            f"the year {year} is outside {FIRST_YEAR} to {LAST_YEAR}, which answers can be dated in"
        )


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Day = Annotated[str, AfterValidator(_day), _text(r"^\d{4}-\d{2}-\d{2}$")]
"""Such as "2008-03-14"."""

DayOrMonth = Annotated[str, AfterValidator(_day_or_month), _text(r"^\d{4}-\d{2}(-\d{2})?$")]
"""Such as "2008-03-14" or "2008-03"."""
