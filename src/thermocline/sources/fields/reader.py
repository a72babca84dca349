"""Reading gridded NetCDF of any provider as a canonical field: CMIP6, NEMO, GLORYS, OISST, …"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_dataset, open_xarray
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import Account
from thermocline.sources.common.attributes import without_placeholders
from thermocline.sources.common.temperature import CONSERVATIVE
from thermocline.sources.coordinates.axes import Axes, find_axes
from thermocline.sources.coordinates.bounds import check_edges, interval_times
from thermocline.sources.coordinates.depths import depth_metres
from thermocline.sources.coordinates.grids import Coordinate, arranged, check_axis, horizontal
from thermocline.sources.coordinates.levels import wanted_levels
from thermocline.sources.coordinates.projection import Map, find_map, on_map, with_positions
from thermocline.sources.coordinates.times import map_times, undated
from thermocline.sources.fields import ice
from thermocline.sources.fields.naming import find_variable
from thermocline.sources.fields.provenance import provenance, reading_notes
from thermocline.sources.fields.statuses import STATUS, account_of
from thermocline.sources.fields.temperature import made_potential, salinity_beside
from thermocline.sources.fields.thickness import ICE, effective
from thermocline.sources.fields.values import check_size, values_and_status
from thermocline.sources.files.opening import open_whole, reason
from thermocline.sources.files.texts import is_text

SURFACE = {"tos", "sos", "zos", *ice.VARIABLES}
"""Variables that need no depth: they are at 0 m."""
DOWN = {"standard_name": "depth", "units": "m", "positive": "down"}


def read_netcdf_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field `variable` of a gridded NetCDF file; see `formats.read_field`."""
    return read_raw_field(path, variable, lambda raw: raw)


def read_raw_field(
    path: str | os.PathLike[str], variable: str, stated: Callable[[xr.Dataset], xr.Dataset]
) -> xr.Dataset:
    """The canonical field of a file without CF's attributes, which `stated` adds to its dataset."""
    where = os.fspath(path)
    raw = open_whole(path, open_raw)
    try:
        result = canonical(stated(raw), variable, where)
    except BaseException:
        raw.close()
        raise
    result.set_close(raw.close)
    return result


def open_raw(path: Path) -> xr.Dataset:
    """A NetCDF file as `open_xarray` opens it, without placeholder standard names.

    Raises:
        BadFile: for a file that is cut short, or whose attributes contradict each other.
    """
    try:
        raw = open_xarray(path)
    except BadFile:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as problem:
        with open_dataset(path):  # fails, too, if the file is cut short
            pass
        raise BadFile(
            f"its variables cannot be decoded ({reason(problem)})",
            where=os.fspath(path),
            fix="check attributes such as scale_factor and _FillValue: each must be one number",
        ) from problem
    for variable in raw.variables.values():
        variable.attrs = without_placeholders(variable.attrs)
    return raw


def held(path: Path, variables: Iterable[str]) -> list[str]:
    """Those of some variables that a NetCDF file has, by name or meaning (see `naming`)."""
    with open_raw(path) as dataset:
        raw = dataset.reset_coords()
        return [variable for variable in variables if _has(raw, variable, str(path))]


def _has(raw: xr.Dataset, variable: str, where: str) -> bool:
    try:
        find_variable(raw, variable, where)
    except BadFile:
        return False
    return True


def field_account(field: xr.Dataset, variable: str) -> Account:
    """The account of a canonical field, or of a part of it."""
    notes = str(field.attrs.get("notes", ""))
    return account_of(field[variable + STATUS], notes.split("; ") if notes else ())


def canonical(raw: xr.Dataset, variable: str, where: str) -> xr.Dataset:
    """The canonical field of a dataset as a provider writes it; see `formats.read_field`."""
    raw = raw.reset_coords()
    name, kind = find_variable(raw, variable, where)
    check_size(raw.variables[name], name, where)
    raw, axes, projected = _horizontal_axes(raw, name, where)
    coordinates, grid = horizontal(raw, axes, where)
    coordinates |= _levels(raw, axes, variable, name, where)
    raw, coordinates["depth"] = wanted_levels(raw, coordinates["depth"])
    flat = {d for n in (axes.latitude, axes.longitude) if n for d in raw.variables[n].dims}
    ice.check_components(name, str(raw[name].attrs.get("standard_name", "")), grid, where)
    values, status = values_and_status(raw, name, variable, flat, where)
    notes, thickness = reading_notes(raw, name, variable, kind, where), ""
    notes += undated(raw[axes.time], coordinates["time"][1]) if axes.time else []
    notes += [str(status.attrs["comment"])] if "comment" in status.attrs else []
    if variable == "sithick":
        both = (values, status)
        (values, status), thickness, note = effective(raw, name, both, flat, where)
        notes += [note] if note else []
    fields, absolute = {variable: values, variable + STATUS: status}, False
    if kind == CONSERVATIVE:
        fields["so"], absolute = salinity_beside(raw, name, flat, where)
    fields, extra = _without_single(fields, axes.extra, grid, name, where)
    result = arranged(fields, coordinates, extra, grid)
    if projected is not None and grid == "curvilinear":
        result = on_map(result, projected)
    result = made_potential(result, variable, kind, absolute, where)
    if variable in VARIABLES:
        attributes = VARIABLES[variable].attributes | {"ancillary_variables": variable + STATUS}
        result[variable].attrs = attributes
    if thickness == ICE:
        result[variable].attrs["long_name"] = "Sea ice thickness per area of the ice"
    # Small fields are in memory by now; all are given as fields that are read when used.
    result = result.chunk() if not result.chunks else result
    said = provenance(raw.attrs, where) | {"grid": grid, "notes": "; ".join(notes)}
    result.attrs |= said | ({"thickness": thickness} if thickness else {})
    return result


def _horizontal_axes(raw: xr.Dataset, name: str, where: str) -> tuple[xr.Dataset, Axes, Map | None]:
    """The dataset with latitudes and longitudes, its axes, and the map that it is on, if any.

    Raises:
        BadData: if there is no latitude.
    """
    axes = find_axes(raw, name, where)
    projected = find_map(raw, name, axes, where)
    if projected is not None:
        raw = with_positions(raw, projected, axes)
        axes = find_axes(raw, name, where)
    if axes.latitude is None:
        raise BadData(
            f"{name}{raw.variables[name].dims} is no map: it has no latitude",
            where=where,
            fix="give a field on a grid here; give observations where profiles are asked for",
        )
    return raw, axes, projected


def _without_single(
    fields: dict[str, xr.Variable], extra: list[str], grid: str, name: str, where: str
) -> tuple[dict[str, xr.Variable], list[str]]:
    """The fields without other dimensions of length 1, and the other dimensions that stay.

    Raises:
        BadData: for other dimensions of a field that is no zonal mean.
    """
    sizes = next(iter(fields.values())).sizes
    single = [dim for dim in extra if sizes[dim] == 1]
    longer = [dim for dim in extra if dim not in single]
    if longer and grid != "zonal":
        raise BadData(
            f"{name} has the dimension {', '.join(longer)} that is no axis",
            where=where,
            fix="select one element of it first",
        )
    return {key: field.squeeze(single) for key, field in fields.items()}, longer


def _levels(
    raw: xr.Dataset, axes: Axes, variable: str, name: str, where: str
) -> dict[str, Coordinate]:
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
        time = map_times(raw[axes.time], where)
        if not is_text(raw.variables[axes.time]):
            time = interval_times(raw, axes.time, time, where)
        check_axis(axes.time, time, where)
    dims = lambda axis: raw.variables[axis].dims if axis else ()
    return {"depth": (dims(axes.depth), depth, DOWN), "time": (dims(axes.time), time, {})}
