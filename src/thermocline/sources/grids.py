"""Horizontal coordinates of a field: regular or curvilinear, either convention, any order."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.grid import wrap_longitude
from thermocline.sources.axes import Axes


def horizontal(raw: xr.Dataset, axes: Axes, where: str = "") -> tuple[dict[Any, Any], str]:
    """Coordinates on the variable's own dimensions, and the kind of grid they make.

    Raises:
        BadData: if an axis of latitudes leaves the globe.
    """
    lat = raw[axes.latitude].astype(np.float64).load()
    outside = np.abs(lat.values) > 90
    if lat.ndim <= 1 and outside.any():
        raise BadData(
            f"latitude {axes.latitude} leaves the globe",
            where=where,
            fix="latitudes lie within -90 and 90 degrees: correct the axis, "
            "or download the file again",
        )
    lat = lat.where(~outside)  # on curvilinear grids: undeclared fill values, on land
    if axes.longitude is None:
        return {"latitude": (lat.dims, lat.values)}, "zonal"
    lon = raw[axes.longitude].astype(np.float64).load()
    lon = lon.where(np.abs(lon) <= 720)
    east = wrap_longitude(lon.values)
    if lat.ndim == lon.ndim == 1:
        return {"latitude": (lat.dims, lat.values), "longitude": (lon.dims, east)}, "rectilinear"
    lat = lat.transpose(*lon.dims)
    parallel = np.abs(lat.values - lat.values[:, :1]).max() < 1e-3  # NaN: no
    if parallel and np.abs(wrap_longitude(lon.values - lon.values[:1])).max() < 1e-3:
        rows, columns = lon.dims
        return {"latitude": (rows, lat.values[:, 0]), "longitude": (columns, east[0])}, (
            "rectilinear"
        )
    return {"latitude": (lat.dims, lat.values), "longitude": (lon.dims, east)}, "curvilinear"


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
            values = field[name].values
            order = np.unique(values[np.isfinite(values)], return_index=True)[1]
            order = np.flatnonzero(np.isfinite(values))[order]
            if not np.array_equal(order, np.arange(values.size)):
                field = field.isel({name: order})
    return field.transpose(..., *names)


def _swap(field: xr.DataArray, name: str) -> xr.DataArray:
    """Name the dimension of a 1-D coordinate after it."""
    if not field[name].dims:
        return field.expand_dims(name)
    (dim,) = field[name].dims
    return field if dim == name else field.swap_dims({dim: name})
