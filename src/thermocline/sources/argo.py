"""Argo multi-profile files (`*_prof.nc`): GDAC float, day and basin files.

Argo user's manual 3.41, doi:10.13155/29825. Data mode decides: adjusted values for A and D,
real-time ones for R; an adjusted value that is absent or flagged is never replaced by the raw one.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.clock import dates
from thermocline.sources.netcdf import NetCDF, open_netcdf
from thermocline.sources.profiles import check_count, good, profiles_dataset
from thermocline.sources.seawater import depth_from_pressure, potential_temperature


def read_argo(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of an Argo multi-profile file.

    Kept are values flagged 1, 2, 5 or 8 in profiles whose position and date are flagged so too.

    Raises:
        BadFile: for a file cut short or without PRES, TEMP and their flags.
        BadObservations: if it holds more than `max_profiles`.
    """
    with open_netcdf(path) as file:
        file.require("LATITUDE", "LONGITUDE", "JULD", "PRES", "TEMP", "PRES_QC", "TEMP_QC")
        count = file.variables["TEMP"].shape[0]
        check_count(count, max_profiles, file.name)
        adjusted = np.isin(_data_mode(file, count), ["A", "D"])
        latitude, longitude = file.numbers("LATITUDE"), file.numbers("LONGITUDE")
        pressure = _best(file, "PRES", adjusted)
        temperature = _best(file, "TEMP", adjusted)
        missing = np.full(temperature.shape, np.nan)
        salinity = _best(file, "PSAL", adjusted) if "PSAL" in file else missing
        time = dates(
            file.numbers("JULD"),
            file.attribute("JULD", "units", "days since 1950-01-01"),
            "standard",
            file.name,
        )
        keep = np.ones(count, dtype=bool)
        for flag in ("POSITION_QC", "JULD_QC"):
            if flag in file:
                keep &= good(file.flags(flag))
        platform = file.text("PLATFORM_NUMBER") if "PLATFORM_NUMBER" in file else [""] * count
    lat, lon = latitude[:, None], longitude[:, None]
    return profiles_dataset(
        thetao=potential_temperature(temperature, salinity, pressure, lat, lon),
        depth=depth_from_pressure(pressure, lat),
        so=salinity,
        latitude=latitude,
        longitude=longitude,
        time=time,
        platform=platform,
        keep=keep,
        path=path,
        provider="Argo",
    )


def _data_mode(file: NetCDF, count: int) -> NDArray[np.str_]:
    """R, A or D of each profile; R where the file does not say."""
    if "DATA_MODE" not in file:
        return np.full(count, "R")
    mode = file.text("DATA_MODE")
    return np.array(mode if len(mode) == count else [mode[0] if mode else "R"] * count)


def _best(file: NetCDF, name: str, adjusted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Good values of a parameter [n_prof, n_level], each profile by its data mode; else NaN."""

    def accepted(parameter: str) -> NDArray[np.float64]:
        if parameter not in file or f"{parameter}_QC" not in file:
            return np.full(file.variables[name].shape, np.nan)
        values = file.celsius(parameter) if name == "TEMP" else file.numbers(parameter)
        return np.where(good(file.flags(f"{parameter}_QC")), values, np.nan)

    if not adjusted.any():
        return accepted(name)
    if adjusted.all():
        return accepted(f"{name}_ADJUSTED")
    return np.where(adjusted[:, None], accepted(f"{name}_ADJUSTED"), accepted(name))
