"""What the bounds of a coordinate say: which interval a mean is of, and where a cell lies."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.clock import decode_time


def edges(raw: xr.Dataset, coordinate: str) -> xr.DataArray | None:
    """Bounds [N, 2] of a 1-D coordinate (of the interval of a climatology, none)."""
    name = raw[coordinate].attrs.get("bounds", raw[coordinate].encoding.get("bounds"))
    if name not in raw.variables or raw[coordinate].ndim > 1:
        return None
    found = raw[name]
    dims = raw[coordinate].dims
    if found.ndim != len(dims) + 1 or 2 not in found.shape or not set(dims) <= set(found.dims):
        return None
    found = found.transpose(*dims, ...)
    return found if found.shape[-1] == 2 else None


def interval_times(raw: xr.Dataset, name: str, times: NDArray, where: str) -> NDArray:
    """Dates of means: those given where they lie within their interval, else its middle.

    A mean that is stamped at the end of its interval is that interval's, not the following one's.

    Raises:
        BadData: if a date is outside its interval by more than the interval's own length.
    """
    found = edges(raw, name)
    if found is None or times.dtype.kind not in "MO":
        return times
    said = {**raw[name].attrs, **found.attrs}
    numbers = np.asarray(found.values, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(numbers).all():
        return times
    decoded = [_decoded(numbers[:, side], said, where, name) for side in (0, 1)]
    if any(part.dtype.kind not in "MO" for part in decoded):
        return times
    result = times.copy()
    for k, (time, pair) in enumerate(zip(times, zip(*decoded, strict=True), strict=True)):
        start, end = min(pair), max(pair)
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
