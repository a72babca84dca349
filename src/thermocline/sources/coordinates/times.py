"""The dates of a gridded field, of numbers or text; a climatology's times stay numbers."""

import re
from typing import Any

import cftime
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile, shown
from thermocline.sources.common.spellings import unit_of
from thermocline.sources.files.clock import UNREAL, decode_time
from thermocline.sources.files.texts import is_text, texts
from thermocline.sources.files.time_units import UndatedTime, names_a_date

WRITTEN = re.compile(
    r"(?P<year>\d{4})(?P<hyphen>-?)(?P<month>\d{2})(?:-?(?P<day>\d{2})"
    r"(?:(?P<time>[T _]?\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d*)?)?)?)"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?)?"
)
"""Dates in the form of ISO 8601, also with _ or a blank before the time of day; a month means its
first day."""
OTHER = UNREAL | {"julian"}
YEARS = range(1678, 2262)
"""Years that datetime64[ns] holds."""
A_FORM = re.compile(r"y{2,4}|%y|julian|\bjd\b|datenum|gregorian|\bdate\b", re.IGNORECASE)
"""Part of units that are the format of a date."""
GREATEST = 366
"""Numbers up to this may be months or days of a year, whatever their unit."""


def map_times(coordinate: xr.DataArray, where: str) -> NDArray:
    """Dates [T]; plain numbers if the units name no reference date, as those of a climatology.

    Raises:
        BadFile: for units with a date that is not understood, for text that is no date, and for
            numbers without a unit of time that cannot be months or days of a year.
    """
    name = str(coordinate.name)
    units, calendar = (str(coordinate.attrs.get(key, "")) for key in ("units", "calendar"))
    if is_text(coordinate.variable):
        return _written(coordinate.variable, name, calendar, where)
    try:
        return decode_time(coordinate.values, units, calendar, where=where, name=name)
    except UndatedTime:
        numbers = np.atleast_1d(coordinate.values)
        if names_a_date(units) or A_FORM.search(units):
            raise
        unit = unit_of(units) if units.strip() else None
        counted = _since_nothing(units) or (unit is not None and unit.is_convertible("days"))
        if not counted and (np.abs(numbers) > GREATEST).any():
            raise
        return numbers


def undated(coordinate: xr.DataArray, times: NDArray) -> list[str]:
    """A note on times that stay numbers, unless they are those of a climatology."""
    units = str(coordinate.attrs.get("units", "")).strip()
    known = times[np.isfinite(times)] if times.dtype.kind in "fiu" else times
    if times.dtype.kind not in "fiu" or _since_nothing(units):
        return []
    if known.size and np.isin(known, np.arange(1, 13)).all():
        return []
    span = " to ".join(dict.fromkeys(f"{end:g}" for end in (known.min(), known.max()))) \
        if known.size else "missing"  # fmt: skip
    said = f" in {shown(repr(units))}" if units else " without units"
    return [f"{coordinate.name} is not understood as a date: {shown(span)}{said}"]


def _since_nothing(units: str) -> bool:
    """Whether units count from the year 0, as those of a climatology do."""
    return bool(re.search(r"\bsince\b", units, re.IGNORECASE)) and not names_a_date(units)


def _written(field: xr.Variable, name: str, calendar: str, where: str) -> NDArray:
    """Dates [T] of texts; NaT where the text is empty."""
    found = np.atleast_1d(texts(field, name, where)).ravel()
    calendar = calendar.strip().lower()
    kind: Any = object if calendar in OTHER else "datetime64[ns]"
    result = np.full(found.shape, np.datetime64("NaT"), dtype=kind)
    for k, text in enumerate(found.tolist()):
        if text:
            result[k] = _date(text, calendar, name, where)
    return result


def _date(text: str, calendar: str, name: str, where: str) -> Any:
    match = WRITTEN.fullmatch(text)
    try:
        short = match is not None and not (match["day"] or match["hyphen"])  # a day of 2020?
        if match is None or short or int(match["year"]) not in YEARS:
            raise ValueError(text)
        clock = (match["time"] or "").lstrip("T _") or "00"
        zone = (match["zone"] or "Z").replace("UTC", "Z").replace("GMT", "Z")
        passed = pd.Timestamp(f"2000-01-01T{clock}{zone}") - pd.Timestamp("2000-01-01T00Z")
        day = (match["year"], match["month"], match["day"] or "01")
        if calendar in OTHER:
            return cftime.datetime(*map(int, day), calendar=calendar) + passed.to_pytimedelta()
        return np.datetime64("-".join(day), "ns") + passed.to_timedelta64()
    except (ValueError, OverflowError) as problem:
        raise BadFile(
            f"{name} holds text that is not a date: {shown(repr(text))}",
            where=where,
            fix="write dates such as 2008-03-14 or 2008-03-14T12:00:00Z, or numbers with units "
            "such as `days since 1950-01-01`",
        ) from problem
