"""Series along a track (gliders, ships), which are recognised and refused."""

import os

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.sources.casts.netcdf import NetCDF, open_netcdf

TEMPERATURES = ("TEMP", "temperature", "TEMPERATURE", "temp", "sea_water_temperature", "SST")
LATITUDES = ("LATITUDE", "latitude", "lat", "Latitude")


def track_variable(file: NetCDF) -> str | None:
    """Name of the temperature if it is along the same single dimension as latitude; else None."""
    there = set(file.variables)
    for name in TEMPERATURES:
        if name in there and file.variables[name].ndim == 1:
            dims = file.variables[name].dimensions
            if any(n in there and file.variables[n].dimensions == dims != (n,) for n in LATITUDES):
                return name
    return None


def refuse_trajectory(path: str | os.PathLike[str]) -> xr.Dataset:
    """Raise BadData that says what the file is, and whether it has any value."""
    with open_netcdf(path) as file:
        name = track_variable(file) or "temperature"
        values = file.numbers(name)
        dims = ", ".join(file.variables[name].dimensions)
    empty = "" if np.isfinite(values).any() else f", and every one of its {values.size} is missing"
    raise BadData(
        f"a trajectory, not profiles: {name} is along {dims}, with the moving platform{empty}",
        where=os.fspath(path),
        fix="cut it into profiles, one per dive or station, or give a table of observations (CSV)",
    )
