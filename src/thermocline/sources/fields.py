"""Gridded NetCDF of any provider to the canonical field: CMIP6, NEMO, GLORYS, OISST, WOA, …"""

import os
import re
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_xarray
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import Account
from thermocline.sources.axes import Axes, depth_metres, find_axes
from thermocline.sources.bounds import check_edges, interval_times
from thermocline.sources.clock import UndatedTime, decode_time
from thermocline.sources.flags import rejections
from thermocline.sources.grids import check_axis, horizontal, ordered
from thermocline.sources.naming import find_variable
from thermocline.sources.opening import reason, require_netcdf
from thermocline.sources.units import CONSERVATIVE, IN_SITU, refused
from thermocline.sources.values import account_of, in_blocks, judged, potential

SURFACE = {"tos"}
"""Variables that need no depth: they are at 0 m."""
STATUS = "_status"
"""What follows a variable's name in that of its status: used, missing, or why it is dropped."""


def read_netcdf_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field `variable` of a gridded NetCDF file; see `formats.read_field`."""
    where = os.fspath(path)
    found = require_netcdf(path)
    try:
        raw = open_xarray(found)
    except (OSError, ValueError, RuntimeError, KeyError) as problem:
        raise BadFile(f"truncated or not NetCDF: {reason(problem)}", where=where) from problem
    try:
        result = _canonical(raw.reset_coords(), variable, where)
    except BaseException:
        raw.close()
        raise
    result.set_close(raw.close)
    return result


def field_account(field: xr.Dataset, variable: str) -> Account:
    """What became of the values of a canonical field, or of the part of it that is given."""
    notes = str(field.attrs.get("notes", ""))
    return account_of(field[variable + STATUS], notes.split("; ") if notes else ())


def _canonical(raw: xr.Dataset, variable: str, where: str) -> xr.Dataset:
    name, kind = find_variable(raw, variable, where)
    blocks = in_blocks(raw[name], where)
    axes = find_axes(raw, name, where)
    if axes.latitude is None:
        raise BadData(
            f"{name}{raw[name].dims} is no map: it has no latitude",
            where=where,
            fix="give a field on a grid, or read observations as profiles",
        )
    coordinates, grid = horizontal(raw, axes, where)
    flat = {d for n in (axes.latitude, axes.longitude) if n for d in raw[n].dims}
    rejected = list(rejections(raw, name, where))
    values, status = judged(raw[name], blocks, variable, rejected, flat, where)
    salinity = np.nan if kind != CONSERVATIVE else _salinity(raw, name, flat, where)
    arrays = [values, status] + ([salinity] if isinstance(salinity, xr.DataArray) else [])
    levels = _levels(raw, axes, variable, str(name), where)
    field, status, *salts = [
        ordered(
            _renamed(_reduced(array, str(name), axes, where), raw, axes, levels).assign_coords(
                coordinates
            ),
            grid,
        )
        for array in arrays
    ]
    if kind == CONSERVATIVE or (
        kind == IN_SITU and variable == "thetao" and float(field.depth.max()) > 0
    ):
        field = potential(field, kind, salts[0] if salts else np.nan, where)
    if variable in VARIABLES:
        field.attrs = VARIABLES[variable].attributes | {"ancillary_variables": variable + STATUS}
    result = xr.Dataset({variable: field, variable + STATUS: status.drop_vars(list(status.coords))})
    result.attrs = _provenance(raw.attrs, where) | {"grid": grid, "notes": _notes(raw, name, kind)}
    return result


def _notes(raw: xr.Dataset, name: str, kind: str) -> str:
    """What was decided beside which values are used."""
    notes = [f"read from {name}" + (f", {kind} temperature" if kind else "")]
    if "sses_bias" in raw.variables:
        notes.append("sses_bias is not subtracted")
    level = str(raw.attrs.get("processing_level", "")).upper()
    if level[:2] in ("L2", "L3") and not any("quality" in str(n).lower() for n in raw.variables):
        notes.append(f"a product of level {level} without quality levels: clouds may be left in it")
    return "; ".join(notes)


def _salinity(raw: xr.Dataset, name: str, flat: set, where: str) -> xr.DataArray:
    """The salinity beside a conservative temperature, on the same dimensions."""
    try:
        beside, _ = find_variable(raw, "so", where)
    except BadFile as problem:
        raise refused("conservative, without a salinity to convert it by", where) from problem
    if set(raw[beside].dims) != set(raw[name].dims):
        raise refused("conservative, with a salinity of other places", where)
    blocks = in_blocks(raw[beside].transpose(*raw[name].dims), where)
    return judged(raw[beside], blocks, "so", list(rejections(raw, beside, where)), flat, where)[0]


def _reduced(field: xr.DataArray, name: str, axes: Axes, where: str) -> xr.DataArray:
    """The variable without dimensions of size one that are no axis, and without coordinates."""
    field = field.squeeze([d for d in axes.extra if field.sizes[d] == 1], drop=True)
    left = [d for d in axes.extra if d in field.dims]
    if left and axes.longitude is not None:
        raise BadData(
            f"{name} has the dimension {', '.join(left)} that is no axis",
            where=where,
            fix="select one element of it first",
        )
    return field.drop_vars(list(field.coords))


def _levels(
    raw: xr.Dataset, axes: Axes, variable: str, name: str, where: str
) -> dict[str, tuple[str, np.ndarray, dict[str, str]]]:
    """The coordinates `depth`, in metres, and `time`."""
    if axes.depth is None and variable not in SURFACE:
        raise BadData(
            f"{name} does not say at which depth it is",
            where=where,
            fix="add a depth coordinate in metres",
        )
    depth, time = np.zeros(1), np.array(["NaT"], dtype="datetime64[ns]")
    if axes.depth and not (variable in SURFACE and raw[axes.depth].size == 1):
        depth = depth_metres(raw[axes.depth], where)
        check_edges(raw, axes.depth, where)
        check_axis(axes.depth, depth, where)
    if axes.time:
        time = interval_times(raw, axes.time, _time(raw[axes.time], where), where)
        check_axis(axes.time, time, where)
    return {
        "depth": ("depth", depth, {"standard_name": "depth", "units": "m", "positive": "down"}),
        "time": ("time", time, {}),
    }


def _renamed(field: xr.DataArray, raw: xr.Dataset, axes: Axes, levels: dict) -> xr.DataArray:
    """Canonical names and all four dimensions."""
    for coordinate, new in ((axes.depth, "depth"), (axes.time, "time")):
        dims = raw[coordinate].dims if coordinate else ()
        if not dims:
            field = field.expand_dims(new)
        elif dims[0] != new:
            field = field.rename({dims[0]: new})
    return field.assign_coords(levels)


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
