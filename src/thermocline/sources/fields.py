"""Gridded NetCDF of any provider to the canonical field: CMIP6, NEMO, GLORYS, OISST, WOA, …"""

import os
import re
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_xarray
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.axes import Axes, depth_metres, find_axes
from thermocline.sources.clock import UndatedTime, decode_time
from thermocline.sources.flags import open_sea
from thermocline.sources.grids import horizontal, ordered
from thermocline.sources.opening import reason, require_netcdf
from thermocline.sources.temperature import in_blocks, in_celsius, potential

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
        raw = open_xarray(found)
    except (OSError, ValueError, RuntimeError, KeyError) as problem:
        raise BadFile(f"truncated or not NetCDF: {reason(problem)}", where=where) from problem
    try:
        result = _canonical(raw, variable, where)
    except BaseException:
        raw.close()
        raise
    result.set_close(raw.close)
    return result


def _canonical(raw: xr.Dataset, variable: str, where: str) -> xr.Dataset:
    name = _find_variable(raw, variable, where)
    raw = raw.reset_coords()
    blocks = in_blocks(raw[name], where)
    axes = find_axes(raw, name)
    if axes.latitude is None:
        raise BadData(
            f"{name}{raw[name].dims} is no map: it has no latitude",
            where=where,
            fix="give a field on a grid, or read observations as profiles",
        )
    known = VARIABLES.get(variable)
    if known is not None and known.units == "degree_Celsius":
        flat = {d for n in (axes.latitude, axes.longitude) if n for d in raw[n].dims}
        blocks = in_celsius(raw[name], blocks, flat, where)
    blocks = open_sea(raw, blocks)
    field = _reduced(blocks, axes, where)
    coordinates, grid = horizontal(raw, axes, where)
    in_situ = str(field.attrs.get("standard_name", "")) == "sea_water_temperature"
    field = _renamed(raw, field, axes, variable, where)
    field = ordered(field.assign_coords(coordinates), grid)
    if in_situ and variable == "thetao" and float(field.depth.max()) > 0:
        field = potential(field)
    if variable in VARIABLES:
        field.attrs = VARIABLES[variable].attributes
    result = field.to_dataset(name=variable)
    result.attrs = _provenance(raw.attrs, where) | {"grid": grid}
    return result


def _find_variable(raw: xr.Dataset, variable: str, where: str) -> str:
    for name in ALIASES.get(variable, (variable,)):
        if name in raw.variables:
            if raw[name].dtype.kind not in "fiu":
                raise BadFile(f"{name} holds no numbers", where=where)
            if raw[name].size == 0:
                raise BadData(f"{name} has no values: {dict(raw[name].sizes)}", where=where)
            return name
    raise BadFile(
        f"has no variable {variable}",
        where=where,
        fix=f"expected one of {', '.join(ALIASES.get(variable, (variable,)))}; "
        f"the file has {', '.join(repr(str(n)[:40])[1:-1] for n in list(raw.data_vars)[:8])}",
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
    time = _time(raw[axes.time], where) if axes.time else np.array(["NaT"], dtype="datetime64[ns]")
    for coordinate, new in ((axes.depth, "depth"), (axes.time, "time")):
        dims = raw[coordinate].dims if coordinate else ()
        field = field.rename({dims[0]: new}) if dims else field.expand_dims(new)
    return field.assign_coords(
        depth=("depth", depth, {"standard_name": "depth", "units": "m", "positive": "down"}),
        time=("time", time),
    )


def _time(coordinate: xr.DataArray, where: str) -> np.ndarray:
    """Dates [T]; the plain numbers of a time that does not say since when, as a climatology's."""
    said = (str(coordinate.attrs.get(key, "")) for key in ("units", "calendar"))
    try:
        return decode_time(coordinate.values, *said, where=where, name=str(coordinate.name))
    except UndatedTime:
        return np.atleast_1d(coordinate.values)


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
