"""Horizontal coordinates of a field on any kind of grid, in either convention and any order."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.sphere import wrap_longitude
from thermocline.sources.common.units import degrees
from thermocline.sources.coordinates.axes import Axes
from thermocline.sources.coordinates.bounds import check_edges
from thermocline.sources.coordinates.lines import constant_lines, same_columns

Coordinate = tuple[tuple, NDArray, dict[str, str]]
"""Dimensions, values and attributes."""
NORTH = {"standard_name": "latitude", "units": "degrees_north"}
EAST = {"standard_name": "longitude", "units": "degrees_east"}
MOST_AT_ORIGIN = 4
"""Most cells of a grid at 0° N 0° E. More have no position: NEMO writes so for land processors."""
ROUNDING = 1e-4
"""Degrees by which a latitude may be beyond a pole, by rounding."""


def horizontal(raw: xr.Dataset, axes: Axes, where: str = "") -> tuple[dict[str, Coordinate], str]:
    """Coordinates on the variable's own dimensions, and the kind of grid.

    Returns:
        `latitude` and `longitude` (−180…180), and `zonal`, `rectilinear` or `curvilinear`. Columns
        that repeat after 360° get equal longitudes; `arranged` drops them.

    Raises:
        BadData: for units that are no angle, and for an axis that leaves the globe, contradicts its
            bounds, or has missing or repeated values.
    """
    lat_dims, lat = _degrees(raw, str(axes.latitude), "latitude", where)
    outside = np.abs(lat) > 90 + ROUNDING
    if lat.ndim <= 1 and outside.any():
        raise BadData(
            f"latitude {axes.latitude} leaves the globe",
            where=where,
            fix="latitudes lie within -90 and 90 degrees: correct the axis, or its units",
        )
    # On curvilinear grids these are undeclared fill values on land.
    lat = np.where(outside, np.nan, np.clip(lat, -90, 90))
    if axes.longitude is None:
        return {"latitude": (lat_dims, lat, NORTH)}, "zonal"
    lon_dims, lon = _degrees(raw, axes.longitude, "longitude", where)
    lon = np.where(np.abs(lon) <= 720, lon, np.nan)
    east = wrap_longitude(lon)
    if lat.ndim == 2 and lon.ndim == 2:
        lat = lat if lat_dims == lon_dims else lat.T
        nowhere = (lat == 0) & (lon == 0)
        if nowhere.sum() > MOST_AT_ORIGIN:
            lat, lon, east = (np.where(nowhere, np.nan, each) for each in (lat, lon, east))
        for along in (1, 0):  # by y and x, or by x and y
            north = constant_lines(lat, along)
            line = constant_lines(lon, 1 - along, turn=True)
            if north is not None and line is not None:
                break
        else:
            both = {"latitude": (lon_dims, lat, NORTH), "longitude": (lon_dims, east, EAST)}
            return both, "curvilinear"
        lat_dims, lat, lon_dims, lon = (lon_dims[1 - along],), north, (lon_dims[along],), line
    else:
        for name, values in ((axes.latitude, lat), (axes.longitude, lon)):
            check_axis(str(name), np.atleast_1d(values), where)
    east = same_columns(lon, wrap_longitude(lon))
    return {"latitude": (lat_dims, lat, NORTH), "longitude": (lon_dims, east, EAST)}, "rectilinear"


def _degrees(raw: xr.Dataset, name: str, axis: str, where: str) -> tuple[tuple, NDArray]:
    found = raw.variables[name]
    check_edges(raw, name, where, round_the_globe=axis == "longitude")
    said = str(found.attrs.get("units", ""))
    return found.dims, degrees(found.values, said, axis=axis, where=where)


def check_axis(name: str, values: NDArray, where: str) -> None:
    """Raise BadData for an axis of one dimension with missing or repeated values."""
    missing = np.isnat(values) if values.dtype.kind == "M" else values != values
    if missing.any() and values.size > 1:
        raise BadData(
            f"{name} has {int(missing.sum())} missing or impossible values of {values.size}",
            where=where,
            fix=f"remove those elements, or complete {name}",
        )
    places, counts = np.unique(values, return_counts=True)
    if (counts > 1).any():
        raise BadData(
            f"{name} has {str(places[counts > 1][0])[:19]} {counts.max()} times",
            where=where,
            fix=f"remove the repeated elements, or correct {name}",
        )


def arranged(
    fields: dict[str, xr.Variable], coordinates: dict[str, Coordinate], extra: list[str], grid: str
) -> xr.Dataset:
    """Fields, still lazy, with canonical dimension names and order, and ascending coordinates.

    Args:
        coordinates: `time`, `depth` and those of `horizontal`, on the file's own dimensions.
        extra: other dimensions of the fields.
        grid: from `horizontal`.
    """
    flat = {"curvilinear": ("y", "x"), "zonal": ("latitude",)}.get(grid, ("latitude", "longitude"))
    names, order, axes = dict[Any, str](), dict[Any, NDArray](), dict[str, Any]()
    for name, (dims, values, said) in coordinates.items():
        if len(dims) > 1:
            names |= dict(zip(dims, flat, strict=True))
            axes[name] = (flat, values, said)
            continue
        names |= dict.fromkeys(dims, name)
        axis = np.atleast_1d(values)
        # Of columns that are 360° apart, as in cyclic files, only the first is kept.
        ascending = np.unique(axis, return_index=True)[1]
        if not np.array_equal(ascending, np.arange(axis.size)):
            order[name] = ascending
        axes[name] = (name, axis[ascending], said)
    wanted = (*extra, "time", "depth", *flat)
    for name, found in fields.items():
        renamed = xr.Variable([names.get(d, d) for d in found.dims], found.data, found.attrs)
        fields[name] = renamed.set_dims(wanted).isel(order)
    return xr.Dataset(fields, axes)
