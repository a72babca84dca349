"""Horizontal coordinates of a field: regular or curvilinear, either convention, any order."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.grid import wrap_longitude
from thermocline.sources.axes import Axes
from thermocline.sources.bounds import check_edges
from thermocline.sources.units import degrees

ROUNDING = 1e-4
"""Degrees that a latitude may lie beyond a pole, by rounding."""


def horizontal(raw: xr.Dataset, axes: Axes, where: str = "") -> tuple[dict[Any, Any], str]:
    """Coordinates on the variable's own dimensions, and the kind of grid they make.

    Raises:
        BadData: for units of no angle, or an axis that leaves the globe, contradicts its bounds, or
            has missing or repeated values. A column that comes again after 360° is left out later.
    """
    lat = _degrees(raw, axes.latitude, "latitude", where)
    outside = np.abs(lat.values) > 90 + ROUNDING
    if lat.ndim <= 1 and outside.any():
        raise BadData(
            f"latitude {axes.latitude} leaves the globe",
            where=where,
            fix="latitudes lie within -90 and 90 degrees: correct the axis, or its units",
        )
    lat = lat.where(~outside).clip(-90, 90)  # on curvilinear grids: undeclared fills, on land
    if axes.longitude is None:
        return {"latitude": (lat.dims, lat.values)}, "zonal"
    lon = _degrees(raw, axes.longitude, "longitude", where)
    lon = lon.where(np.abs(lon) <= 720)
    east = wrap_longitude(lon.values)
    if lat.ndim <= 1 and lon.ndim <= 1:
        for name, values in ((axes.latitude, lat.values), (axes.longitude, lon.values)):
            check_axis(str(name), np.atleast_1d(values), where)
        return {"latitude": (lat.dims, lat.values), "longitude": (lon.dims, east)}, "rectilinear"
    lat = lat.transpose(*lon.dims)
    parallel = np.abs(lat.values - lat.values[:, :1]).max() < 1e-3  # NaN: no
    if parallel and np.abs(wrap_longitude(lon.values - lon.values[:1])).max() < 1e-3:
        rows, columns = lon.dims
        return {"latitude": (rows, lat.values[:, 0]), "longitude": (columns, east[0])}, (
            "rectilinear"
        )
    return {"latitude": (lat.dims, lat.values), "longitude": (lon.dims, east)}, "curvilinear"


def _degrees(raw: xr.Dataset, name: str | None, axis: str, where: str) -> xr.DataArray:
    found = raw[name].astype(np.float64).load()
    check_edges(raw, str(name), where, round_the_globe=axis == "longitude")
    said = str(raw[name].attrs.get("units", ""))
    return found.copy(data=degrees(found.values, said, axis=axis, where=where))


def check_axis(name: str, values: NDArray, where: str) -> None:
    """Raise BadData for an axis of one dimension with missing or repeated values."""
    missing = np.isnat(values) if values.dtype.kind == "M" else values != values
    if missing.any() and values.size > 1:
        raise BadData(
            f"{name} has {int(missing.sum())} missing or impossible values of {values.size}",
            where=where,
            fix=f"leave those places out, or complete {name}",
        )
    places, counts = np.unique(values, return_counts=True)
    if (counts > 1).any():
        raise BadData(
            f"{name} has {str(places[counts > 1][0])[:19]} {counts.max()} times",
            where=where,
            fix=f"leave the repetition out, or correct {name}",
        )


def ordered(field: xr.DataArray, grid: str) -> xr.DataArray:
    """Ascending coordinates, canonical dimension names and order, attributes."""
    field.latitude.attrs = {"standard_name": "latitude", "units": "degrees_north"}
    if grid != "zonal":
        field.longitude.attrs = {"standard_name": "longitude", "units": "degrees_east"}
    names: list[Any] = ["time", "depth", "latitude", "longitude"]
    if grid == "curvilinear":
        rows, columns = field.longitude.dims
        field = field.rename({rows: "y", columns: "x"})
        names[2:] = ["y", "x"]
    elif grid == "rectilinear":
        field = _swap(_swap(field, "latitude"), "longitude")
    else:
        field = _swap(field, "latitude")
        names = names[:3]
    for name in ("depth", "latitude", "longitude"):
        if name in field.dims:
            # The first of columns that lie a whole turn apart, as cyclic files have them.
            order = np.unique(field[name].values, return_index=True)[1]
            if not np.array_equal(order, np.arange(field.sizes[name])):
                field = field.isel({name: order})
    return field.transpose(..., *names)


def _swap(field: xr.DataArray, name: str) -> xr.DataArray:
    """Name the dimension of a 1-D coordinate after it."""
    if not field[name].dims:
        return field.expand_dims(name)
    (dim,) = field[name].dims
    return field if dim == name else field.swap_dims({dim: name})
