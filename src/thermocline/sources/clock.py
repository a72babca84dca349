"""Time coordinates of gridded files: any CF calendar, months as units, and the undecodable."""

import re
import warnings

import numpy as np
import xarray as xr


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
