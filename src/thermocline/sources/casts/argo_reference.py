"""The Argo reference database: MATLAB files of quality-controlled profiles."""

import os

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.files.matlab import load, shapes

PROFILES = ("pres", "temp", "sal", "lat", "long", "dates")
"""The arrays that such a file has."""


def read_matlab_profiles(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of an Argo reference database file: pres, temp, sal [level, profile].

    The database has only quality-controlled values; dates are numbers YYYYMMDDhhmmss.
    """
    shape = shapes(path).get("temp", ())
    if len(shape) != 2:
        raise BadFile(
            f"temp has shape {shape}",
            where=os.fspath(path),
            fix="give a file of the database: temp has levels and profiles",
        )
    count = shape[1]
    values = load(path, PROFILES)
    pressure, temperature, salinity = (values[n].T for n in ("pres", "temp", "sal"))
    casts = Casts(
        Quantity.plain(temperature),
        values["lat"].ravel(),
        values["long"].ravel(),
        np.array([_date(number) for number in values["dates"].ravel()], dtype="datetime64[ns]"),
        [""] * count,
        pressure=Quantity.plain(pressure),
        salinity=Quantity.plain(salinity),
    )
    return profiles_dataset(casts, path, "Argo reference database")


def _date(number: float) -> np.datetime64:
    text = f"{number:014.0f}" if np.isfinite(number) else ""
    try:
        return np.datetime64(
            f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}", "ns"
        )
    except ValueError:
        return np.datetime64("NaT", "ns")
