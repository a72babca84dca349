"""Decoding times of gridded files (any CF calendar) and of observations, with xarray.

Numbers without a unit, or with a unit that names no reference date, raise `UndatedTime`.
"""

import warnings
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadFile, shown
from thermocline.sources.files.time_units import SECONDS, UndatedTime, parse_units, shortened

_REAL = {"standard", "gregorian", "proleptic_gregorian", "julian"}
UNREAL = {"noleap", "365_day", "360_day", "all_leap", "366_day"}
"""Calendars of models only: no observation is dated in them."""
_EPOCH_JULIAN_DATE = 2_440_587.5  # of 1970-01-01T00:00


def decode_time(
    values: ArrayLike, units: str, calendar: str = "standard", *, where: str, name: str = "time"
) -> NDArray:
    """Dates of numbers [T] in CF units such as `days since 1950-01-01`, in their calendar.

    `months since` counts calendar months; a fraction is that share of the month. Dates that are
    decoded already are returned as they are.

    Returns:
        datetime64[ns] where the dates fit and the calendar is a real one, else cftime objects; NaT
        where a number is missing.

    Raises:
        UndatedTime: for numbers without units, or with units that name no date.
        BadFile: for a unit that is not a fixed length of time, or an unknown calendar.
    """
    numbers = np.atleast_1d(np.asarray(values))
    if numbers.dtype.kind in "MO":
        return numbers
    if numbers.dtype.kind not in "fiu":
        raise BadFile(f"{name} holds no numbers", where=where, fix="give times as numbers")
    calendar = calendar.strip().lower() or "standard"
    if calendar not in _REAL | UNREAL:
        raise BadFile(
            f"{name} has the calendar {shown(repr(calendar))}, which CF does not know",
            where=where,
            fix="write one of CF's, such as standard or noleap",
        )
    unit, factor, reference, shift = parse_units(units, where, name)
    absent = ~np.isfinite(numbers)
    some = numbers[~absent].ravel()[:1] if not absent.all() else numbers.dtype.type(0)
    numbers = np.where(absent, some, numbers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dates that do not fit datetime64
            if unit == "months":
                decoded = _months(numbers.astype(np.float64), reference, calendar)
            else:
                numbers = numbers if factor == 1 else numbers * factor
                attributes = {"units": f"{unit} since {reference}", "calendar": calendar}
                raw = xr.Variable("time", numbers, attributes)
                decoded = xr.coders.CFDatetimeCoder().decode(raw, name).values
    except (ValueError, OverflowError, TypeError) as problem:
        raise UndatedTime(
            f"{name} has units that name no date of its calendar: "
            f"{shown(shortened(units))}, {calendar}",
            where=where,
            fix="write units such as `days since 1950-01-01`",
        ) from problem
    if shift:
        decoded = decoded - (shift if decoded.dtype == object else np.timedelta64(shift))
    none = np.array(np.datetime64("NaT"))
    if decoded.dtype == object:
        none = np.empty((), object)
        none[()] = np.datetime64("NaT")
    return np.where(absent, none, decoded) if absent.any() else decoded


def days_of(times: NDArray) -> NDArray[np.datetime64]:
    """The day of each time [T] that `decode_time` gives, in any calendar, as datetime64[D].

    NaT for missing dates, and for days that the Gregorian calendar does not have, such as 30
    February of a 360-day calendar.
    """
    if times.dtype.kind == "M":
        return times.astype("datetime64[D]")

    def day(time: Any) -> np.datetime64:
        try:
            return np.datetime64(f"{time.year:04d}-{time.month:02d}-{time.day:02d}", "D")
        except (AttributeError, ValueError):
            return np.datetime64("NaT", "D")

    return np.array([day(time) for time in times.ravel()], "datetime64[D]").reshape(times.shape)


def dates(
    values: ArrayLike, units: str, calendar: str, where: str, name: str = "time"
) -> NDArray[np.datetime64]:
    """datetime64[ns] of the times of observations, rounded to milliseconds; NaT where missing.

    Julian and mixed calendars have the same days as the Gregorian one and are converted by day
    number. Dates outside 1678–2261 do not fit and become NaT.

    Raises:
        BadFile: as `decode_time` does, and for a calendar of models.
    """
    if calendar.strip().lower() in UNREAL:
        raise BadFile(
            f"{name} has the calendar {calendar.strip()}, in which no observation is dated",
            where=where,
            fix="give the dates in the standard calendar",
        )
    numbers: np.ma.MaskedArray = np.ma.atleast_1d(np.ma.masked_invalid(np.ma.asarray(values)))
    unit, factor = parse_units(units, where, name)[:2]
    # A date 100,000 years away is a fill value that the file does not declare.
    absurd = 3.2e12 / (SECONDS.get(unit, 2.6e6) * factor)
    absent = np.ma.getmaskarray(numbers) | (np.abs(numbers.filled(0).astype(float)) > absurd)
    filled = np.where(absent, numbers.dtype.type(0), numbers.filled(0))
    decoded = decode_time(filled, units, calendar, where=where, name=name)
    if decoded.dtype == object:
        julian = np.array([date.toordinal(fractional=True) for date in decoded])
        stamp = np.round((julian - _EPOCH_JULIAN_DATE) * 86_400_000)
        inside = np.abs(stamp) < 9.2e12
        decoded = np.where(inside, stamp, 0).astype("datetime64[ms]")
        absent = absent | ~inside
    nearest = (decoded + np.timedelta64(500, "us")).astype("datetime64[ms]")
    return np.where(absent, np.datetime64("NaT"), nearest).astype("datetime64[ns]")


def _months(numbers: NDArray[np.float64], reference: str, calendar: str) -> NDArray:
    start = cftime.num2date(0, f"days since {reference}", calendar)
    if start.day > 28:
        raise ValueError("not every month has that day")

    def moment(count: float) -> Any:
        whole = int(np.floor(count))
        begin, end = (
            start.replace(year=start.year + months // 12, month=months % 12 + 1)
            for months in (start.month - 1 + whole, start.month + whole)
        )
        return begin + (count - whole) * (end - begin)

    decoded = np.array([moment(number) for number in numbers], dtype=object)
    if calendar in _REAL - {"julian"} and all(1678 <= date.year < 2262 for date in decoded):
        return np.array([np.datetime64(date.isoformat(), "ns") for date in decoded])
    return decoded
