"""SeaDataNet profiles: INSTANCE × MAXZ, BODC P01 parameter names, flags as ASCII codes.

SeaDataNet file formats, NetCDF (CF) transport; flag scheme L20, whose 1, 2, 5 and 8 mean what
they mean elsewhere.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.sources.clock import dates
from thermocline.sources.netcdf import NetCDF, open_netcdf
from thermocline.sources.profiles import check_count, good, profiles_dataset
from thermocline.sources.seawater import (
    depth_from_pressure,
    potential_temperature,
    pressure_from_depth,
)

SUFFIX = "_SEADATANET_QC"


def read_seadatanet(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of a SeaDataNet NetCDF file of CTD casts or bottles.

    Raises:
        BadFile: for a file cut short or without temperature, its flags, and pressure or depth.
        BadObservations: if it holds more than `max_profiles`.
    """
    with open_netcdf(path) as file:
        file.require("LATITUDE", "LONGITUDE", "TIME")
        name = _parameter(file, "sea_water_temperature")
        if name is None:
            raise BadFile(
                "has no variable with the standard_name sea_water_temperature and its flags",
                where=file.name,
                fix="give a SeaDataNet file of temperature profiles",
            )
        vertical = _parameter(file, "sea_water_pressure", "depth")
        if vertical is None:
            raise BadFile("has neither pressure nor depth", where=file.name)
        count = file.variables[name].shape[0]
        check_count(count, max_profiles, file.name)
        latitude, longitude = file.numbers("LATITUDE"), file.numbers("LONGITUDE")
        temperature = _accepted(file, name)
        salt = _parameter(file, "sea_water_practical_salinity", "sea_water_salinity")
        salinity = _accepted(file, salt) if salt else np.full(temperature.shape, np.nan)
        level = _accepted(file, vertical)
        by_pressure = file.attribute(vertical, "standard_name") == "sea_water_pressure"
        time = dates(
            file.numbers("TIME"),
            file.attribute("TIME", "units"),
            file.attribute("TIME", "calendar", "standard"),
            file.name,
        )
        keep = np.ones(count, dtype=bool)
        for flag in (f"POSITION{SUFFIX}", f"TIME{SUFFIX}"):
            if flag in file:
                keep &= good(file.flags(flag))
        station = next((n for n in ("SDN_LOCAL_CDI_ID", "SDN_STATION") if n in file), None)
        platform = file.text(station) if station else [""] * count
    lat, lon = latitude[:, None], longitude[:, None]
    pressure = level if by_pressure else pressure_from_depth(level, lat)
    return profiles_dataset(
        thetao=potential_temperature(temperature, salinity, pressure, lat, lon),
        depth=depth_from_pressure(level, lat) if by_pressure else level,
        so=salinity,
        latitude=latitude,
        longitude=longitude,
        time=time,
        platform=platform,
        keep=keep,
        path=path,
        provider="SeaDataNet",
    )


def _parameter(file: NetCDF, *standard_names: str) -> str | None:
    """The first 2-D variable with one of the standard names."""
    for wanted in standard_names:
        for name, variable in file.variables.items():
            if variable.ndim == 2 and file.attribute(name, "standard_name") == wanted:
                return str(name)
    return None


def _accepted(file: NetCDF, name: str) -> NDArray[np.float64]:
    values = file.celsius(name)
    if f"{name}{SUFFIX}" not in file:
        return values
    return np.where(good(file.flags(f"{name}{SUFFIX}")), values, np.nan)
