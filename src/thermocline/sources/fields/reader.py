"""Gridded NetCDF of any provider to the canonical field: CMIP6, NEMO, GLORYS, OISST, WOA, …"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.netcdf import open_dataset, open_xarray
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import Account
from thermocline.sources.common.attributes import ABSOLUTE, derived, with_names
from thermocline.sources.common.units import CONSERVATIVE, IN_SITU, refused
from thermocline.sources.coordinates.axes import Axes, find_axes
from thermocline.sources.coordinates.bounds import check_edges, interval_times
from thermocline.sources.coordinates.depths import depth_metres
from thermocline.sources.coordinates.grids import Coordinate, arranged, check_axis, horizontal
from thermocline.sources.coordinates.levels import wanted_levels
from thermocline.sources.coordinates.projection import find_map, on_map, placed
from thermocline.sources.coordinates.times import map_times, undated
from thermocline.sources.fields import ice
from thermocline.sources.fields.flags import as_numbers, unclear_flags
from thermocline.sources.fields.land_masks import unclear_masks
from thermocline.sources.fields.naming import find_variable
from thermocline.sources.fields.statuses import account_of, unconverted
from thermocline.sources.fields.thickness import ICE, effective
from thermocline.sources.fields.values import check_size, judged, potential
from thermocline.sources.files.opening import open_whole, reason
from thermocline.sources.files.texts import is_text

SURFACE = {"tos", "sos", "zos", *ice.VARIABLES}
"""Variables that need no depth: they are at 0 m."""
DOWN = {"standard_name": "depth", "units": "m", "positive": "down"}
STATUS = "_status"
"""What follows a variable's name in that of its status: used, missing, or why it is dropped."""


def read_netcdf_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field `variable` of a gridded NetCDF file; see `formats.read_field`."""
    return read_raw_field(path, variable, lambda raw: raw)


def read_raw_field(
    path: str | os.PathLike[str], variable: str, stated: Callable[[xr.Dataset], xr.Dataset]
) -> xr.Dataset:
    """The same of a file that says by other means than CF's what `stated` puts into CF's."""
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
    """A NetCDF file as it is, as `open_xarray` opens it, but for standard names that name nothing.

    Raises:
        BadFile: if it is whole, but what it says of its variables contradicts itself.
    """
    try:
        raw = open_xarray(path)
    except BadFile:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as problem:
        with open_dataset(path):  # which fails too where the file is cut short
            pass
        raise BadFile(
            f"its variables cannot be decoded ({reason(problem)})",
            where=os.fspath(path),
            fix="check attributes such as scale_factor and _FillValue: each must be one number",
        ) from problem
    for variable in raw.variables.values():
        variable.attrs = with_names(variable.attrs)
    return raw


def holds(path: Path, variable: str) -> bool:
    """Whether a NetCDF file has a variable of this name or meaning (see `naming`)."""
    with open_raw(path) as dataset:
        try:
            find_variable(dataset.reset_coords(), variable, str(path))
        except BadFile:
            return False
    return True


def field_account(field: xr.Dataset, variable: str) -> Account:
    """What became of the values of a canonical field, or of the part of it that is given."""
    notes = str(field.attrs.get("notes", ""))
    return account_of(field[variable + STATUS], notes.split("; ") if notes else ())


def canonical(raw: xr.Dataset, variable: str, where: str) -> xr.Dataset:
    """The canonical field of a dataset as a provider writes it; `formats.read_field` says more."""
    raw = raw.reset_coords()
    name, kind = find_variable(raw, variable, where)
    check_size(raw.variables[name], name, where)
    axes = find_axes(raw, name, where)
    chart = find_map(raw, name, axes, where)
    if chart is not None:
        raw = placed(raw, chart, axes)
        axes = find_axes(raw, name, where)
    if axes.latitude is None:
        raise BadData(
            f"{name}{raw.variables[name].dims} is no map: it has no latitude",
            where=where,
            fix="give a field on a grid, or read observations as profiles",
        )
    coordinates, grid = horizontal(raw, axes, where)
    coordinates |= _levels(raw, axes, variable, name, where)
    raw, coordinates["depth"] = wanted_levels(raw, coordinates["depth"])
    flat = {d for n in (axes.latitude, axes.longitude) if n for d in raw.variables[n].dims}
    ice.check_components(name, str(raw[name].attrs.get("standard_name", "")), grid, where)
    values, status = judged(raw, name, variable, flat, where)
    notes, thickness = _notes(raw, name, kind), ""
    of_ice = variable in ice.VARIABLES
    notes += unclear_flags(as_numbers(raw, name, where, ice=of_ice), name, ice=of_ice)
    notes += unclear_masks(raw, name)
    notes += undated(raw[axes.time], coordinates["time"][1]) if axes.time else []
    notes += [str(status.attrs["comment"])] if "comment" in status.attrs else []
    if variable == "sithick":
        both = (values, status)
        (values, status), thickness, note = effective(raw, name, both, flat, where)
        notes += [note] if note else []
    fields = {variable: values, variable + STATUS: status}
    absolute = False
    if kind == CONSERVATIVE:
        fields["so"], absolute = _salinity(raw, name, flat, where)
    single = [d for d in axes.extra if raw.sizes[d] == 1]
    extra = [d for d in axes.extra if d not in single]
    if extra and grid != "zonal":
        raise BadData(
            f"{name} has the dimension {', '.join(extra)} that is no axis",
            where=where,
            fix="select one element of it first",
        )
    fields = {key: field.squeeze(single) for key, field in fields.items()}
    result = arranged(fields, coordinates, extra, grid)
    if chart is not None and grid == "curvilinear":
        result = on_map(result, chart)
    if kind == CONSERVATIVE or (
        kind == IN_SITU and variable == "thetao" and float(result.depth.max()) > 0
    ):
        salt = result.get("so", np.nan)
        result[variable] = potential(result[variable], kind, salt, where, absolute=absolute)
        result = result.drop_vars("so", errors="ignore")
        if kind == CONSERVATIVE:
            key = variable + STATUS
            result[key] = unconverted(result[key], result[variable])
    if variable in VARIABLES:
        said = VARIABLES[variable].attributes | {"ancillary_variables": variable + STATUS}
        result[variable].attrs = said
    if thickness == ICE:
        result[variable].attrs["long_name"] = "Sea ice thickness per area of the ice"
    # Whole fields are in memory by now; every field is answered as one that is read when used.
    result = result.chunk() if not result.chunks else result
    said = _provenance(raw.attrs, where) | {"grid": grid, "notes": "; ".join(notes)}
    result.attrs |= said | ({"thickness": thickness} if thickness else {})
    return result


def _notes(raw: xr.Dataset, name: str, kind: str) -> list[str]:
    """What was decided beside which values are used."""
    notes = [f"read from {name}" + (f", {kind} temperature" if kind else "")]
    if "sses_bias" in raw.variables:
        notes.append("sses_bias is not subtracted")
    level = str(raw.attrs.get("processing_level", "")).upper()
    if level[:2] in ("L2", "L3") and not any("quality" in str(n).lower() for n in raw.variables):
        notes.append(f"a product of level {level} without quality levels: clouds may be left in it")
    return notes


def _salinity(raw: xr.Dataset, name: str, flat: set, where: str) -> tuple[xr.Variable, bool]:
    """The salinity beside a conservative temperature, on its dimensions; whether it is absolute."""
    absolute = False
    try:
        beside, _ = find_variable(raw, "so", where)
    except (BadFile, BadData) as problem:
        found = [n for n, v in raw.variables.items() if derived(v.attrs) == ABSOLUTE]
        if len(found) != 1:
            raise refused("conservative, without a salinity to convert it by", where) from problem
        beside, absolute = str(found[0]), True
    if set(raw.variables[beside].dims) != set(raw.variables[name].dims):
        raise refused("conservative, with a salinity of other places", where)
    check_size(raw.variables[beside], beside, where)
    return judged(raw, beside, "so", flat, where)[0], absolute


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
