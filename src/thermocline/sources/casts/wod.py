"""World Ocean Database casts (`ocldb….nc`, also IQuOD's): contiguous ragged arrays.

Garcia et al. (2018), World Ocean Database 2018 user's manual. Each variable V is one long array;
V_row_size is the number of its values in each cast, 0 where it was not measured. Values are used if
their flag has a good meaning, such as `accepted`; without meanings, if it is 0 (passed all tests).
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.casts.flag_codes import stated_meanings
from thermocline.sources.casts.netcdf import NetCDF, open_netcdf
from thermocline.sources.casts.parameters import parameter
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import MAX_VALUES, Quantity
from thermocline.sources.common.salinity import UNIT
from thermocline.sources.flags.meanings import is_good, meaning_test


def read_wod(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of a World Ocean Database file.

    Raises:
        BadFile: for a file cut short or without casts, depth and temperature.
        BadData: if row sizes contradict the arrays they describe.
    """
    with open_netcdf(path) as file:
        file.require("lat", "lon", "time", "z", "z_row_size", "Temperature", "Temperature_row_size")
        count = file.variables["lat"].shape[0]
        rows = _row_sizes(file, "z", count)
        width = int(rows.max(initial=0))
        if count * width > MAX_VALUES:
            raise BadData(
                f"{count} casts, and more levels than {MAX_VALUES:,} values allow",
                where=file.name,
                fix="split the file",
            )
        whole = "Temperature_WODprofileflag"
        casts = Casts(
            _padded(file, "Temperature", "degC", rows, width),
            file.degrees("lat", count, "latitude"),
            file.degrees("lon", count, "longitude"),
            file.dates("time"),
            [f"WOD{n:.0f}" for n in file.numbers("wod_unique_cast")]
            if "wod_unique_cast" in file
            else [""] * count,
            depth=_padded(file, "z", "m", rows, width),
            salinity=_salinity(file, rows, width),
            rejected_temperature={"profile of temperature flagged bad": _rejected(file, whole)}
            if whole in file
            else {},
        )
    return profiles_dataset(casts, path, "World Ocean Database")


def _salinity(file: NetCDF, levels: NDArray[np.int64], width: int) -> Quantity | None:
    """Salinities [casts, width]; those of casts rejected as a whole are flagged."""
    if "Salinity" not in file or "Salinity_row_size" not in file:
        return None
    found = _padded(file, "Salinity", UNIT, levels, width)
    if "Salinity_WODprofileflag" in file:
        found.flagged |= _rejected(file, "Salinity_WODprofileflag")[:, None] & found.held
    return found


def _rejected(file: NetCDF, flag: str) -> NDArray[np.bool_]:
    """Where a flag has no good meaning; if none of its meanings is good, where it is not 0."""
    words, values, bits = stated_meanings(file, flag)
    said = [is_good(word) for word in words]
    good = meaning_test(values, bits, said) if any(said) else None
    codes = file.flags(flag)
    return codes != 0 if good is None else ~good(codes)


def _row_sizes(file: NetCDF, name: str, count: int) -> NDArray[np.int64]:
    sizes = np.nan_to_num(file.numbers(f"{name}_row_size")).astype(np.int64)
    total = file.variables[name].shape[0]
    if sizes.shape != (count,) or (sizes < 0).any() or sizes.sum() > total:
        raise BadData(
            f"{name}_row_size adds up to more than the {total} values there are, or is negative",
            where=file.name,
            fix="use the file as it was distributed, or correct its row sizes",
        )
    return sizes


def _padded(file: NetCDF, name: str, unit: str, levels: NDArray[np.int64], width: int) -> Quantity:
    """A ragged variable as [casts, width], at the depths of its casts."""
    sizes = _row_sizes(file, name, levels.size)
    odd = np.flatnonzero((sizes > 0) & (sizes != levels))
    if odd.size:
        raise BadData(
            f"cast {odd[0] + 1} has different numbers of depths and of {name}",
            where=file.name,
            fix="use the file as it was distributed, or correct its row sizes",
        )
    long = parameter(file, name, unit, unit)
    for flag in (f"{name}_WODflag", f"{name}_IQUODflag"):
        if flag in file:
            long.flagged = long.flagged | (_rejected(file, flag) & long.held)
    place = np.arange(width) < sizes[:, None]

    def table(name: str, values: NDArray) -> NDArray:
        empty = np.nan if name == "values" else False
        result = np.full(place.shape, empty, dtype=values.dtype)
        result[place] = values[: sizes.sum()]
        return result

    return long.map(table)
