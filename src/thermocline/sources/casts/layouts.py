"""Recognising layouts of NetCDF files that no reader of profiles reads, for a helpful refusal."""

import numpy as np
from netCDF4 import Dataset

from thermocline.errors import BadFile, shown
from thermocline.sources.casts.instac import TEMPERATURE, positions
from thermocline.sources.casts.netcdf import NetCDF
from thermocline.sources.common.column_names import quantity_of

TABLE = "or give a table (CSV) with one observation a line"


def refused(file: NetCDF) -> BadFile:
    """The error that says which layout the file has in place of casts × levels."""
    counts = [
        name for name in file.variables
        if file.attribute(name, "sample_dimension") or file.attribute(name, "instance_dimension")
    ]  # fmt: skip
    if counts:
        return BadFile(
            f"its casts are in ragged arrays, one after another ({shown(counts[0])} says which "
            "values belong to which)",
            where=file.name,
            fix=f"write them as casts × levels, with fill values below the last, {TABLE}",
        )
    latitudes = _of(file, "latitude", ("latitude",))
    for name in _of(file, "temperature", TEMPERATURE):
        dims = file.variables[name].dimensions
        places = [file.variables[other].dimensions for other in latitudes]
        if len(dims) == 2 and dims[1:] in places and latitudes != [dims[1]]:
            return BadFile(
                f"its casts are transposed: {shown(name)} has dimensions levels × casts "
                f"({shown(', '.join(dims))})",
                where=file.name,
                fix=f"write it as casts × levels, such as by `ncpdq -a {shown(dims[1])},"
                f"{shown(dims[0])} FILE NEW`",
            )
        if len(dims) == 1 and any(np.prod(file.variables[o].shape) == 1 for o in latitudes):
            return BadFile(
                f"holds a single cast: {shown(name)} is along {shown(dims[0])}, at one position",
                where=file.name,
                fix="add a first dimension of length 1, of casts, to temperature, depth and "
                f"position, {TABLE}",
            )
    nameless = _nameless(file)
    return (
        a_field(file.name)
        if not nameless
        else BadFile(
            f"no variable says that it is a temperature: {shown(', '.join(nameless))}",
            where=file.name,
            fix="add the standard_name sea_water_temperature to the one that is",
        )
    )


def _nameless(file: NetCDF) -> list[str]:
    """Variables by cast and level, if the file has positions of casts but no known temperature."""
    if _of(file, "temperature", TEMPERATURE):
        return []
    casts = [file.variables[name].dimensions for name in positions(file, "latitude")
             if name not in file.handle.dimensions]  # fmt: skip
    return [name for name, found in file.variables.items() if found.ndim == 2
            and found.dimensions[:1] in casts and np.dtype(found.dtype).kind in "fiu"]  # fmt: skip


def a_field(where: str) -> BadFile:
    """The error for a file with a gridded field, where profiles are asked for."""
    return BadFile(
        "holds a gridded field, not profiles",
        where=where,
        fix="give a file of profiles (EN4, Argo, CSV, …) here; give gridded files where the "
        "command or request asks for them",
    )


def refuse_groups(handle: Dataset, where: str) -> None:
    """Raise BadFile for a file whose variables are all in groups, which no reader reads."""
    if any(name not in handle.dimensions and v.ndim for name, v in handle.variables.items()):
        return
    inner = [group for group in _groups(handle) if group.variables]
    if inner:
        raise BadFile(
            f"its variables are in the group {shown(inner[0].path.strip('/'))}"
            + (f" and {len(inner) - 1} more" if len(inner) > 1 else ""),
            where=where,
            fix="move them to the root, such as by `ncks -G : FILE NEW`",
        )


def _groups(handle: Dataset, depth: int = 8) -> list[Dataset]:
    found = list(handle.groups.values())[:1000]
    return found + [
        inner for group in found if depth for inner in _groups(group, depth - 1)
    ]  # fmt: skip


def _of(file: NetCDF, quantity: str, standard_names: tuple[str, ...]) -> list[str]:
    """Variables of a quantity, by standard name or by name."""
    return [
        name for name in file.variables
        if file.attribute(name, "standard_name") in standard_names
        or quantity_of(name.lower()) == quantity
    ]  # fmt: skip
