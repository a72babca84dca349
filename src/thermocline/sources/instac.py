"""Copernicus Marine in-situ profiles (INSTAC, `GL_PR_PF_*.nc` and its siblings).

Copernicus Marine In Situ NetCDF format manual 1.4x: parameters by TIME × DEPTH, flags as
numbers. A profile with adjusted temperatures is read from them alone.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.clock import dates
from thermocline.sources.netcdf import NetCDF, open_netcdf
from thermocline.sources.profiles import check_count, good, profiles_dataset
from thermocline.sources.seawater import (
    depth_from_pressure,
    potential_temperature,
    pressure_from_depth,
)


def read_instac(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of a Copernicus in-situ file, by pressure or by depth.

    Kept are values flagged 1, 2, 5 or 8 at positions and dates flagged so too.

    Raises:
        BadFile: for a file cut short or without TEMP, its flags, and PRES or DEPH.
        BadObservations: if it holds more than `max_profiles`.
    """
    with open_netcdf(path) as file:
        vertical = "PRES" if "PRES" in file else "DEPH"
        file.require("TIME", "LATITUDE", "LONGITUDE", "TEMP", "TEMP_QC", vertical)
        count = file.variables["TEMP"].shape[0]
        check_count(count, max_profiles, file.name)
        adjusted = np.zeros(count, dtype=bool)
        if "TEMP_ADJUSTED" in file:
            adjusted |= np.isfinite(file.numbers("TEMP_ADJUSTED")).any(axis=1)
        latitude = np.broadcast_to(file.numbers("LATITUDE"), count)
        longitude = np.broadcast_to(file.numbers("LONGITUDE"), count)
        temperature = _best(file, "TEMP", adjusted)
        missing = np.full(temperature.shape, np.nan)
        salinity = _best(file, "PSAL", adjusted) if "PSAL" in file else missing
        level = _best(file, vertical, adjusted)
        keep = np.ones(count, dtype=bool)
        for flag in ("POSITION_QC", "TIME_QC"):
            if flag in file:
                keep &= good(file.flags(flag))
        time = dates(
            file.numbers("TIME"),
            file.attribute("TIME", "units"),
            file.attribute("TIME", "calendar", "standard"),
            file.name,
        )
        platform = str(getattr(file.handle, "platform_code", ""))
    lat, lon = latitude[:, None], longitude[:, None]
    pressure = level if vertical == "PRES" else pressure_from_depth(level, lat)
    return profiles_dataset(
        thetao=potential_temperature(temperature, salinity, pressure, lat, lon),
        depth=depth_from_pressure(level, lat) if vertical == "PRES" else level,
        so=salinity,
        latitude=latitude,
        longitude=longitude,
        time=time,
        platform=[platform] * count,
        keep=keep,
        path=path,
        provider="Copernicus Marine INSTAC",
    )


def _best(file: NetCDF, name: str, adjusted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Good values of a parameter [n_prof, n_level], adjusted where the profile is; else NaN."""

    def accepted(parameter: str) -> NDArray[np.float64]:
        values = file.celsius(parameter) if name == "TEMP" else file.numbers(parameter)
        if f"{parameter}_QC" not in file:
            return values
        return np.where(good(file.flags(f"{parameter}_QC")), values, np.nan)

    plain = accepted(name)
    if not adjusted.any() or f"{name}_ADJUSTED" not in file:
        return plain
    return np.where(adjusted[:, None], accepted(f"{name}_ADJUSTED"), plain)
