"""Copernicus Marine in-situ profiles (INSTAC, `GL_PR_PF_*.nc`), and others laid out like them.

Copernicus Marine In Situ NetCDF format manual 1.4x: parameters by TIME × DEPTH, flags as
numbers. In each cast a parameter is read from its adjusted values if there are any. Any file with
temperatures by cast and level and a position of each cast, such as an export of argopy, is read the
same way: variables are found by these names, by CF's standard names, or by plain names.
"""

import os

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.sources.casts.flag_variables import refuse_unclaimed, rejected_casts, unclear_flags
from thermocline.sources.casts.level_flags import coordinate
from thermocline.sources.casts.netcdf import NetCDF, open_netcdf
from thermocline.sources.casts.parameters import adjusted_or_raw, choice_note
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.salinity import UNIT
from thermocline.sources.common.units import axis_of

TEMPERATURE = (
    "sea_water_temperature",
    "sea_water_potential_temperature",
    "sea_water_conservative_temperature",
)
SALINITY = ("sea_water_practical_salinity", "sea_water_salinity", "sea_water_absolute_salinity")
PRESSURE = ("sea_water_pressure", "sea_water_pressure_due_to_sea_water")
DEPTH = ("depth", "height", "altitude")
PLAIN = {
    "TEMP": ("temperature", "sea_water_temperature", "water_temperature"),
    "PSAL": ("salinity", "practical_salinity", "sea_water_salinity"),
    "PRES": ("pressure", "sea_water_pressure"),
    "DEPH": ("depth",),
    "LATITUDE": ("lat",),
    "LONGITUDE": ("lon", "long"),
    "TIME": ("date", "datetime", "juld"),
}
"""Plain names, in any case, of variables without a standard name, by INSTAC's name."""


def instac_temperature(file: NetCDF) -> str | None:
    """Name of the temperature if its dimensions are casts and levels; else None."""
    for name in _named(file, "TEMP", TEMPERATURE, 2):
        dims = file.variables[name].dimensions
        cast = dims[0]
        if dims == ("TIME", "DEPTH"):
            return name
        for latitude in positions(file, "latitude"):
            if not (_is_stated(file, name, latitude) or _is_of_casts(file, cast)):
                continue
            found = file.variables[latitude]
            if found.dimensions == (cast,) and latitude != cast and not _is_map(file, dims):
                return name
            if dims == ("time", "depth") and found.size == file.variables[name].shape[0]:
                return name
    return None


def _is_stated(file: NetCDF, name: str, latitude: str) -> bool:
    """Whether temperature and latitude have known or standard names, not plain ones."""
    return name in file.find(("TEMP",), TEMPERATURE, 2) and latitude in file.find(
        ("LATITUDE",), ("latitude",), 1
    )


def _is_of_casts(file: NetCDF, cast: str) -> bool:
    """Whether each cast has a longitude and a date."""
    there = positions(file, "longitude"), _named(file, "TIME", ("time",), 1)
    return all(any(file.variables[n].dimensions == (cast,) for n in names) for names in there)


def _is_map(file: NetCDF, dims: tuple[str, ...]) -> bool:
    """Whether longitudes are along the second dimension."""
    return any(file.variables[n].dimensions == dims[1:] for n in positions(file, "longitude"))


def positions(file: NetCDF, axis: str) -> list[str]:
    """Names of one-dimensional latitudes or longitudes, found by name, else by unit.

    Args:
        axis: `latitude` or `longitude`.
    """
    line = [name for name, found in file.variables.items() if found.ndim == 1]
    return _named(file, axis.upper(), (axis,), 1) or [
        name for name in line if axis_of(file.attribute(name, "units")) == axis
    ]


def _named(file: NetCDF, name: str, standard: tuple[str, ...], rank: int) -> list[str]:
    return file.find((name,), standard, rank, PLAIN[name])


def read_instac(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of a Copernicus in-situ file, each value by its pressure or its depth.

    Values flagged 1, 2, 5 or 8 are used, in casts whose position and date have such flags.

    Raises:
        BadFile: for a file cut short or without temperature, and pressure or depth.
    """
    with open_netcdf(path) as file:
        name = instac_temperature(file)
        latitude, longitude = positions(file, "latitude"), positions(file, "longitude")
        time = _named(file, "TIME", ("time",), 1)
        if name is None or not (latitude and longitude and time):
            found = {"temperature": name, "latitude": latitude, "longitude": longitude}
            lacking = [what for what, is_there in (found | {"time": time}).items() if not is_there]
            raise BadFile(
                f"has no variable of {', '.join(lacking)}",
                where=file.name,
                fix="give a complete file, or name its variables by CF's standard names",
            )
        count = file.variables[name].shape[0]
        refuse_unclaimed(file, name)
        temperature = adjusted_or_raw(file, name, "degC", "degC", None)
        notes = choice_note(_named(file, "TEMP", TEMPERATURE, 2)) + unclear_flags(file, name)

        def best(named: str, standard: tuple[str, ...], unit: str) -> Quantity | None:
            nonlocal notes
            if there := _named(file, named, standard, 2):
                return adjusted_or_raw(file, there[0], unit, unit, None)
            flat = [n for n in _named(file, named, standard, 1) if _lies_on(file, n, name)]
            if not flat:
                return None
            found, said = coordinate(file, flat[0], unit)
            notes += said
            shape = temperature.values.shape
            return found.map(lambda _, part: np.broadcast_to(part, shape).copy())

        casts = Casts(
            temperature,
            file.degrees(latitude[0], count, "latitude"),
            file.degrees(longitude[0], count, "longitude"),
            file.dates(time[0]),
            _platforms(file, count),
            pressure=best("PRES", PRESSURE, "dbar"),
            depth=best("DEPH", DEPTH, "m"),
            salinity=best("PSAL", SALINITY, UNIT),
            rejected=rejected_casts(file, name),
            notes=notes,
        )
        if casts.pressure is None and casts.depth is None:
            raise BadFile(
                "has neither pressure (PRES) nor depth (DEPH)",
                where=file.name,
                fix="give the depth of each level in metres, or its pressure in dbar",
            )
    return profiles_dataset(casts, path, "Copernicus Marine INSTAC")


def _platforms(file: NetCDF, count: int) -> list[str]:
    """The platform of each cast: its number (as argopy writes it), else the code of the file."""
    number = file.variables.named("PLATFORM_NUMBER")
    if number is not None and file.variables[number].shape[:1] == (count,):
        return [text.removesuffix(".0") for text in file.text(number)]
    return [str(getattr(file.handle, "platform_code", ""))] * count


def _lies_on(file: NetCDF, name: str, temperature: str) -> bool:
    """Whether a one-dimensional variable has one value for each level."""
    return file.variables[name].dimensions == file.variables[temperature].dimensions[1:]
