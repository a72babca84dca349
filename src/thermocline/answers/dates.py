"""Dates that requests ask for, as text: a day, a month, or a map's. Light: no arrays."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Answers are dated in nanoseconds, of which 64 bits hold these years whole."""

MOMENT = r"\d{4}-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?Z?)?)?"
"""A month, a day, or a time of one, in UTC."""
SHAPE = r"\d{4}-\d{2}(-\d{2}([T ][\d:.]{1,20}Z?)?)?"
"""What looks like one."""
MAP_DATE = (
    r"[0-9]{4}-(0[1-9]|1[0-2])"
    r"(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3])(:[0-5][0-9]){0,2})?)?"
)
"""Dates of any calendar, or their beginnings."""


MONTH = 'give the month of the observations, such as "2008-03"'
"""What is to be done where no month is given."""


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


def check_month(text: str | None) -> str | None:
    """`text`, if it is a month, or a day or a time of one; raises ValueError otherwise.

    For a `field_validator`: the service then refuses it as what it finds wrong with a question.
    """
    return text if text is None else check_moment(text, MONTH)


def check_map_date(text: str | None) -> str | None:
    """Likewise for the date of one map of several, in any calendar."""
    if text is not None and not re.fullmatch(MAP_DATE, text.strip(" ").replace(" ", "T")):
        raise ValueError('not a date: give a day, such as "2008-03-14"')
    return text


def _moment(text: str) -> str:
    if not re.fullmatch(SHAPE, text, re.ASCII):
        raise ValueError('not a date: give one such as "2008-02-15"')
    return text


def check_moment(text: str, words: str) -> str:
    """`text`, if the whole of it is a month, a day or a time; raises ValueError with the `words`.

    Even where only its month counts.
    """
    stripped = text.strip(" ")
    try:
        if not re.fullmatch(MOMENT, stripped, re.ASCII):
            raise ValueError
        plain = stripped.removesuffix("Z")
        year = datetime.fromisoformat(plain if len(plain) > 7 else f"{plain}-01").year
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

Moment = Annotated[str, AfterValidator(_moment), _text(f"^{SHAPE}$")]
"""When something was measured, such as "2008-02-15"; whether there is such a day is not looked at.
"""
