"""Dates of a table: in one column, or a column of days and one of the time of day."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.errors import BadFile, BadObservations, shown
from thermocline.sources.common.column_names import UTC
from thermocline.sources.files.clock import dates
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.text import filled

DATE = re.compile(
    r"\d{4}-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?)?)?"
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)?")
"""A time of day, with a zone or in UTC."""


def times(
    table: pd.DataFrame, columns: Columns, needed: NDArray[np.bool_], where: str
) -> NDArray[np.datetime64]:
    """datetime64[ns] [n_row]; NaT where there is no date, or an invalid one that is not needed.

    Args:
        table: text, with the columns `time` and perhaps `clock`, by line number.
        needed: rows whose dates must be valid.

    Raises:
        BadFile: for dates in another time zone, and two columns of dates.
        BadObservations: for an invalid date that is needed.
    """
    if "time" not in columns.index:
        return np.full(len(table), np.datetime64("NaT", "ns"))
    text, unit = table["time"].str.strip(), columns.units["time"]
    blank = ~filled(table, "time")
    if "clock" in columns.index:
        text, blank = _joined(table, needed, columns, where)
        unit = " ".join(each for each in (unit, columns.units["clock"]) if each)
    if re.search(r"\ssince\s", unit):
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(float)
        found = dates(numbers, unit, "standard", where, "time")
    elif not UTC.fullmatch(unit):
        raise BadFile(
            f"its dates have the unit {shown(repr(unit))}, which is not known to be UTC",
            where=where,
            fix="write dates in UTC or with their zone, such as 2008-03-15T12:00:00+01:00, in a "
            "column time",
        )
    else:
        shaped = text.where(text.map(lambda value: DATE.fullmatch(value) is not None), "")
        parsed = pd.to_datetime(shaped, errors="coerce", utc=True, format="ISO8601")
        year = parsed.dt.year.to_numpy()
        parsed = parsed.where((year > 1677) & (year < 2262))
        found = parsed.dt.tz_localize(None).to_numpy("datetime64[ns]")
    wrong = np.flatnonzero(np.isnat(found) & ~blank & needed)
    if wrong.size:
        line = table.index[wrong[0]]
        number = re.fullmatch(r"[+-]?\d+(\.\d*)?", text.iloc[wrong[0]]) is not None
        raise BadObservations(
            f"time in line {line} is "
            + ("a number without a reference date" if number else "not a date"),
            where=where,
            fix="write dates as 2008-03-15 or 2008-03-15T12:00:00Z"
            + (", or name the column such as `time (days since 1950-01-01)`" if number else ""),
        )
    return found


def _joined(
    table: pd.DataFrame, needed: NDArray[np.bool_], columns: Columns, where: str
) -> tuple[pd.Series, NDArray[np.bool_]]:
    """Days joined with times of day, if there are any, and which rows have neither.

    Both may be digits only, as CCHDO writes them: 20080315 and 0630.
    """
    day, clock = table["time"].str.strip(), table["clock"].str.strip()
    blank, no_clock = ~filled(table, "time"), ~filled(table, "clock")
    telling = needed if needed.any() else ~needed
    if _are_numbers(day[~blank & telling], 8) and _are_numbers(clock[~no_clock & telling], 4):
        day = day.str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True)
        clock = clock.str.replace(r"^(\d\d)(\d\d)$", r"\1:\2", regex=True)
    is_clock = clock.map(lambda value: CLOCK.fullmatch(value) is not None).to_numpy()
    is_day = day.map(lambda value: DAY.fullmatch(value) is not None).to_numpy()
    strange = needed.any() and not (is_day | blank)[needed].any()
    if strange or not (is_clock | no_clock)[needed].all():
        raise BadFile(
            f"has two columns of time: {shown(repr(columns.titles['time']))} and "
            f"{shown(repr(columns.titles['clock']))}, which are not days such as 2008-03-15 and "
            "times of day such as 06:30",
            where=where,
            fix="keep the column that is meant, or write both in this form",
        )
    padded = clock.str.replace(r"^(\d):", r"0\1:", regex=True)
    return day.where(no_clock, day + "T" + padded), blank & no_clock


def _are_numbers(cells: pd.Series, digits: int) -> bool:
    """Whether all cells, at least one, consist of this number of digits."""
    return bool(len(cells) and cells.str.fullmatch(rf"\d{{{digits}}}").all())
