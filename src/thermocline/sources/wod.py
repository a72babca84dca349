"""World Ocean Database casts (`ocldb….nc`, also IQuOD's): contiguous ragged arrays.

Garcia et al. (2018), World Ocean Database 2018 user's manual. Each variable V is one long
array; V_row_size says how many of its values belong to each cast, none where it was not
measured. Flags are 0 where a value passed every test.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.clock import dates
from thermocline.sources.netcdf import MAX_VALUES, NetCDF, open_netcdf
from thermocline.sources.profiles import check_count, profiles_dataset
from thermocline.sources.seawater import potential_temperature, pressure_from_depth


def read_wod(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of a World Ocean Database file.

    Raises:
        BadFile: for a file cut short or without casts, depth and temperature.
        BadData: if row sizes contradict the arrays they describe.
        BadObservations: if it holds more than `max_profiles`.
    """
    with open_netcdf(path) as file:
        file.require("lat", "lon", "time", "z", "z_row_size", "Temperature", "Temperature_row_size")
        count = file.variables["lat"].shape[0]
        check_count(count, max_profiles, file.name)
        rows = _row_sizes(file, "z", count)
        width = int(rows.max(initial=0))
        if count * width > MAX_VALUES:
            raise BadData(
                f"{count} casts, and more levels than {MAX_VALUES:,} values allow", where=file.name
            )
        depth = _padded(file, "z", rows, width)
        temperature = _padded(file, "Temperature", rows, width)
        salinity = np.full(depth.shape, np.nan)
        if "Salinity" in file and "Salinity_row_size" in file:
            salinity = _padded(file, "Salinity", rows, width)
        latitude, longitude = file.numbers("lat"), file.numbers("lon")
        keep = np.ones(count, dtype=bool)
        if "Temperature_WODprofileflag" in file:
            keep &= file.flags("Temperature_WODprofileflag") == 0
        time = dates(
            file.numbers("time"),
            file.attribute("time", "units"),
            file.attribute("time", "calendar", "standard"),
            file.name,
        )
        platform = [""] * count
        if "wod_unique_cast" in file:
            platform = [f"WOD{n:.0f}" for n in file.numbers("wod_unique_cast")]
    lat, lon = latitude[:, None], longitude[:, None]
    return profiles_dataset(
        thetao=potential_temperature(
            temperature, salinity, pressure_from_depth(depth, lat), lat, lon
        ),
        depth=depth,
        so=salinity,
        latitude=latitude,
        longitude=longitude,
        time=time,
        platform=platform,
        keep=keep,
        path=path,
        provider="World Ocean Database",
    )


def _row_sizes(file: NetCDF, name: str, count: int) -> NDArray[np.int64]:
    sizes = np.nan_to_num(file.numbers(f"{name}_row_size")).astype(np.int64)
    total = file.variables[name].shape[0]
    if sizes.shape != (count,) or (sizes < 0).any() or sizes.sum() > total:
        raise BadData(
            f"{name}_row_size adds up to more than the {total} values there are, or is negative",
            where=file.name,
            fix="download the file again",
        )
    return sizes


def _padded(file: NetCDF, name: str, levels: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """Accepted values of a ragged variable as [casts, width], beside the cast's depths."""
    sizes = _row_sizes(file, name, levels.size)
    odd = np.flatnonzero((sizes > 0) & (sizes != levels))
    if odd.size:
        raise BadData(
            f"cast {odd[0] + 1} has another number of depths than of {name}",
            where=file.name,
            fix="download the file again",
        )
    values = file.celsius(name)
    for flag in (f"{name}_WODflag", f"{name}_IQUODflag"):
        if flag in file:
            values = np.where(file.flags(flag) == 0, values, np.nan)
    table = np.full((levels.size, width), np.nan)
    table[np.arange(width) < sizes[:, None]] = values[: sizes.sum()]
    return table
