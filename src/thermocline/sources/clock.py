"""Times: of gridded files in any CF calendar, and of observations as datetime64[ns]."""

import re
import warnings

import cftime
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile

_EPOCH_JULIAN_DAY = 2_440_588  # Julian day number of 1970-01-01
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def decode_time(coordinate: xr.DataArray) -> np.ndarray:
    """Dates of a time coordinate [T]: datetime64[ns] where they fit, else cftime objects.

    The calendar is kept (noleap, 360_day, julian…). `months since` counts calendar months, a
    fraction being that share of the month. What cannot be decoded (`days since 0`, no units)
    stays the plain numbers it was.
    """
    numbers = np.atleast_1d(np.asarray(coordinate.values))
    if numbers.dtype.kind in "MO":
        return numbers
    units = str(coordinate.attrs.get("units", "")).replace("UTC", "").replace("utc", "").strip()
    calendar = str(coordinate.attrs.get("calendar", "standard")).lower()
    if units.lower().startswith("month"):
        decoded = _months(numbers.astype(np.float64), units)
        return numbers if decoded is None else decoded
    attributes = {"units": units, "calendar": calendar}
    raw = xr.Dataset(coords={"time": ("time", numbers, attributes)})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dates that do not fit datetime64
            return xr.decode_cf(raw).time.values
    except (ValueError, OverflowError, TypeError):
        return numbers


def _months(numbers: np.ndarray, units: str) -> np.ndarray | None:
    match = re.search(r"since\s+(\d{4})-(\d{1,2})-(\d{1,2})", units)
    if match is None or not np.isfinite(numbers).all():
        return None
    year, month, day = (int(part) for part in match.groups())
    start = np.datetime64(f"{year:04d}-{month:02d}", "M")
    whole = np.floor(numbers).astype(int)
    first = (start + whole).astype("datetime64[ns]")
    length = (start + whole + 1).astype("datetime64[ns]") - first
    shift = (numbers - whole) * length.astype(float)
    return first + shift.astype("timedelta64[ns]") + np.timedelta64(day - 1, "D")


def dates(values: NDArray, units: str, calendar: str, where: str) -> NDArray[np.datetime64]:
    """datetime64[ns] of `values` in CF units such as `days since 1950-01-01`; NaT if impossible.

    Rounded to milliseconds, since days in float64 hold no more.
    Julian and mixed calendars count the same days as ours and are converted by day number; dates
    outside 1678–2261 do not fit and become NaT. Raises BadFile for units that are no date.
    """
    unit = units.strip().lower()[:1]
    if calendar.lower() in ("noleap", "365_day", "360_day", "all_leap", "366_day"):
        raise BadFile(
            "time has a calendar in which nothing is observed",
            where=where,
            fix="give it in the standard calendar",
        )
    try:
        if unit not in _SECONDS or (unit == "m" and units.lower().startswith("mo")):
            raise ValueError("unit of time unknown")
        clean = units.replace("UTC", "").replace("utc", "").strip()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", cftime.CFWarning)  # years before 1 are meant
            epoch = cftime.num2date(0, clean, calendar.lower() or "standard")
    except (ValueError, TypeError) as problem:
        raise BadFile(
            "time has units that are no date, or a calendar that is none",
            where=where,
            fix="write units such as `days since 1950-01-01`, in the standard calendar",
        ) from problem
    day = epoch.toordinal(fractional=True) + 0.5 - _EPOCH_JULIAN_DAY
    start = round(day * 86400)  # seconds since 1970; epochs are whole ones
    scale = _SECONDS[unit]
    seconds = np.asarray(values, dtype=np.float64) * scale
    total = start + seconds
    inside = np.isfinite(total) & (np.abs(total) < 9.2e9)
    whole = np.floor(np.where(inside, seconds, 0))
    milliseconds = np.round((np.where(inside, seconds, 0) - whole) * 1e3)
    stamp = (whole.astype(np.int64) + start) * 10**9 + milliseconds.astype(np.int64) * 10**6
    return np.where(inside, stamp.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
