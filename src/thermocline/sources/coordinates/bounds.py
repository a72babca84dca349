"""Bounds of coordinates: the interval of a mean in time, and the edges of cells."""

from datetime import timedelta
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.files.clock import decode_time

CLIMATOLOGY = "climatology"
"""The attribute of a time that names the bounds of a climatology: the first day in the first year,
and the last day in the last year, of an interval that recurs every year."""
YEARS = {"360_day": 360.0, "noleap": 365.0, "julian": 365.25, "all_leap": 366.0}
"""Mean length of a year in days, in calendars where it is not 365.2425."""


def edges(raw: xr.Dataset, coordinate: str) -> xr.DataArray | None:
    """Bounds [N, 2] of a 1-D coordinate, from its attribute `bounds` or `climatology`."""
    said = {**raw[coordinate].encoding, **raw[coordinate].attrs}
    name = said.get("bounds", said.get(CLIMATOLOGY))
    if name not in raw.variables or raw[coordinate].ndim > 1:
        return None
    found = raw[name]
    dims = raw[coordinate].dims
    if found.ndim != len(dims) + 1 or 2 not in found.shape or not set(dims) <= set(found.dims):
        return None
    found = found.transpose(*dims, ...)
    return found if found.shape[-1] == 2 else None


def interval_times(raw: xr.Dataset, name: str, times: NDArray, where: str) -> NDArray:
    """Dates of means: the given dates if they are within their interval, else its middle.

    So a mean that is dated at the end of its interval belongs to that interval, not to the next.

    Raises:
        BadData: if a date is outside its interval by more than the interval's own length.
    """
    found = edges(raw, name)
    if found is None or times.dtype.kind not in "MO":
        return times
    if times.dtype.kind == "O" and (times != times).any():
        return times  # missing dates cannot be compared with cftime objects
    said = {**raw[name].attrs, **found.attrs}
    numbers = np.asarray(found.values, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(numbers).all():
        return times
    decoded = [_decoded(numbers[:, side], said, where, name) for side in (0, 1)]
    if any(part.dtype.kind not in "MO" for part in decoded):
        return times
    recurs = "bounds" not in {**raw[name].encoding, **raw[name].attrs}
    result = times.copy()
    for k, (time, pair) in enumerate(zip(times, zip(*decoded, strict=True), strict=True)):
        start, end = min(pair), max(pair)
        if recurs:
            start, end = _of_one_year(time, start, end)
        if not start <= time < end and start != end:
            if time > end + (end - start) or time < start - (end - start):
                raise BadData(
                    f"{name} {str(time)[:10]} contradicts its bounds, {str(start)[:10]} to "
                    f"{str(end)[:10]}",
                    where=where,
                    fix=f"correct {name} or {found.name}",
                )
            result[k] = start + (end - start) / 2
    return result


def _of_one_year(time: Any, start: Any, end: Any) -> tuple[Any, Any]:
    """The interval of a climatology, in the year in which it contains `time` or ends at it."""
    days = YEARS.get(getattr(time, "calendar", ""), 365.2425)
    # Leap years shift days of the year by up to `near`.
    kind: Any = np.timedelta64 if isinstance(time, np.datetime64) else lambda length: length
    none, near, year = (kind(timedelta(n)) for n in (0, 1.5, days))
    length = (end - start) % year
    if length < near or year - length < near:
        return time, time  # the whole year
    late = (time - start + near) % year - near
    start = time - max(late, none)
    return (start, time) if abs(late - length) < near else (start, start + length)


def _decoded(numbers: NDArray, said: dict[Any, Any], where: str, name: str) -> NDArray:
    units, calendar = str(said.get("units", "")), str(said.get("calendar", "standard"))
    return decode_time(numbers, units, calendar, where=where, name=name)


def check_edges(
    raw: xr.Dataset, coordinate: str, where: str, *, round_the_globe: bool = False
) -> None:
    """Raise BadData if a value of a coordinate lies outside its own bounds."""
    found = edges(raw, coordinate)
    if found is None:
        return
    low, high = np.sort(np.asarray(found.values, dtype=np.float64).reshape(-1, 2), axis=1).T
    values = np.atleast_1d(np.asarray(raw[coordinate].values, dtype=np.float64))
    slack = 1e-4 * np.maximum(1.0, np.abs(values))
    if round_the_globe:
        values = values + 360 * np.round(((low + high) / 2 - values) / 360)
    outside = np.flatnonzero((values < low - slack) | (values > high + slack))
    if outside.size and not (round_the_globe and (high - low).max() > 180):
        k = outside[0]
        raise BadData(
            f"{coordinate} {shown(f'{values[k]:g}')} contradicts its bounds, "
            f"{shown(f'{low[k]:g} to {high[k]:g}')}",
            where=where,
            fix=f"correct {coordinate} or {found.name}",
        )
