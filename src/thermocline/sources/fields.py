"""Gridded NetCDF of any provider to the canonical field: CMIP6, NEMO, GLORYS, OISST, WOA, …"""

import os
import re
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.ocean.grid import wrap_longitude
from thermocline.ocean.variables import VARIABLES, to_celsius
from thermocline.sources.axes import Axes, depth_metres, find_axes
from thermocline.sources.clock import decode_time
from thermocline.sources.netcdf import ABSURD
from thermocline.sources.opening import MAX_ELEMENTS, require_netcdf

ALIASES = {
    "thetao": ("thetao", "votemper", "ptm", "TEMP", "temp", "t_an", "to"),
    "tos": ("tos", "sst", "analysed_sst", "SST", "surface_temperature", "sea_surface_temperature"),
    "so": ("so", "vosaline", "SALT", "salt", "PSAL", "SAL", "s_an", "sos"),
}
"""Names providers give a variable, in order of preference."""

SURFACE = {"tos"}
"""Variables that need no depth: they are at 0 m."""


def read_netcdf_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field `variable` of a gridded NetCDF file; see `formats.read_field`."""
    where = os.fspath(path)
    found = require_netcdf(path)
    try:
        raw = xr.open_dataset(found, engine="netcdf4", decode_times=False)
    except (OSError, ValueError, RuntimeError, KeyError) as problem:
        raise BadFile(f"truncated or not NetCDF: {problem}", where=where) from problem
    name = _find_variable(raw, variable, where)
    raw = raw.reset_coords()
    axes = find_axes(raw, name)
    if axes.latitude is None:
        raise BadData(
            f"{name}{raw[name].dims} is no map: it has no latitude",
            where=where,
            fix="give a field on a grid, or read observations as profiles",
        )
    # Lazily, in blocks of some 2^24 values along the first dimension.
    steps = max(1, 2**24 * raw[name].shape[0] // raw[name].size)
    field = _reduced(raw[name].chunk({raw[name].dims[0]: steps}), axes, where)
    field = _celsius(field.where(np.abs(field) < ABSURD), variable, where)
    coordinates, grid = _horizontal(raw, axes)
    field = _renamed(raw, field, axes, variable, where)
    field = _ordered(field.assign_coords(coordinates), grid)
    if variable in VARIABLES:
        field.attrs = VARIABLES[variable].attributes
    result = field.to_dataset(name=variable)
    result.attrs = _provenance(raw.attrs, where) | {"grid": grid}
    result.set_close(raw.close)
    return result


def _find_variable(raw: xr.Dataset, variable: str, where: str) -> str:
    for name in ALIASES.get(variable, (variable,)):
        if name in raw.variables:
            if raw[name].dtype.kind not in "fiu":
                raise BadFile(f"{name} holds no numbers", where=where)
            if raw[name].size > MAX_ELEMENTS:
                raise BadFile(
                    f"{name} claims {raw[name].shape} elements",
                    where=where,
                    fix=f"files hold at most {MAX_ELEMENTS:,} values per variable; split it",
                )
            if raw[name].size == 0:
                raise BadData(f"{name} has no values: {dict(raw[name].sizes)}", where=where)
            return name
    raise BadFile(
        f"has no variable {variable}",
        where=where,
        fix=f"expected one of {', '.join(ALIASES.get(variable, (variable,)))}; "
        f"the file has {', '.join(str(n) for n in list(raw.data_vars)[:8])}",
    )


def _reduced(field: xr.DataArray, axes: Axes, where: str) -> xr.DataArray:
    """The variable without dimensions of size one that are no axis."""
    field = field.squeeze([d for d in axes.extra if field.sizes[d] == 1], drop=True)
    left = [d for d in axes.extra if d in field.dims]
    if left and axes.longitude is not None:
        raise BadData(
            f"{field.name} has the dimension {', '.join(left)} that is no axis",
            where=where,
            fix="select one element of it first",
        )
    return field.drop_vars([c for c in field.coords if c not in field.dims])


def _celsius(field: xr.DataArray, variable: str, where: str) -> xr.DataArray:
    """The field in canonical units; one time step is looked at, the rest stays unread."""
    known = VARIABLES.get(variable)
    if known is None or known.units != "degree_Celsius":
        return field
    units = str(field.attrs.get("units", "")).strip().lower()
    spelled = {"deg. c": "degc", "degree_c": "degc", "degrees_c": "degc", "degrees celsius": "degc"}
    spelled["degree celsius"] = "degc"
    units = spelled.get(units, units)
    field = field.assign_attrs(units=units)
    first = field.isel({field.dims[0]: slice(0, 1)}).load() if field.ndim > 2 else field.load()
    if not first.notnull().any() and not bool(field.notnull().any()):
        raise BadData(
            f"every value of {field.name} is missing", where=where, fix="give a file with data"
        )
    to_celsius(first, f"{where}: {field.name}")
    return field - 273.15 if units in ("k", "kelvin", "degk", "deg_k") else field


def _horizontal(raw: xr.Dataset, axes: Axes) -> tuple[dict[Any, Any], str]:
    """Coordinates on the variable's own dimensions, and the kind of grid they make."""
    lat = raw[axes.latitude].astype(np.float64).load()
    lat = lat.where(np.abs(lat) <= 90)  # undeclared fill values, on land
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


def _renamed(
    raw: xr.Dataset, field: xr.DataArray, axes: Axes, variable: str, where: str
) -> xr.DataArray:
    """Canonical names and all four dimensions."""
    field = field.drop_vars(list(field.coords))
    vertical = raw[axes.depth] if axes.depth else None
    if vertical is None and variable not in SURFACE:
        raise BadData(
            f"{field.name} does not say at which depth it is",
            where=where,
            fix="add a depth coordinate in metres",
        )
    depth = np.zeros(1) if vertical is None else depth_metres(vertical, where)
    if variable in SURFACE and depth.size == 1:
        depth = np.zeros(1)
    time = decode_time(raw[axes.time]) if axes.time else np.array(["NaT"], dtype="datetime64[ns]")
    for coordinate, new in ((axes.depth, "depth"), (axes.time, "time")):
        dims = raw[coordinate].dims if coordinate else ()
        field = field.rename({dims[0]: new}) if dims else field.expand_dims(new)
    return field.assign_coords(
        depth=("depth", depth, {"standard_name": "depth", "units": "m", "positive": "down"}),
        time=("time", time),
    )


def _ordered(field: xr.DataArray, grid: str) -> xr.DataArray:
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


def _provenance(attributes: dict[Any, Any], where: str) -> dict[str, str]:
    """Where the field is from: `source`, `provider`, and CMIP6's realisation as `member`."""
    base = os.path.basename(where)  # noqa: PTH119
    label = str(attributes.get("variant_label", ""))
    match = re.match(r"(.+?)i\d+p\d+f\d+$", label) or re.search(r"_([^_]+?)i\d+p\d+f\d+_", base)
    return {
        "source": str(attributes.get("source_id") or base),
        "provider": str(attributes.get("institution_id") or attributes.get("institution") or ""),
        "member": match.group(1) if match else "",
        "file": base,
    }
