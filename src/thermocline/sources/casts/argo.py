"""Argo multi-profile and synthetic files (`*_prof.nc`, `*_Sprof.nc`): GDAC float and day files.

Argo user's manual 3.41, doi:10.13155/29825. The data mode of each profile and parameter decides:
adjusted values for A and D, real-time values for R. A missing or flagged adjusted value is never
replaced by the raw one.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.casts.netcdf import NetCDF, open_netcdf
from thermocline.sources.casts.parameters import adjusted_or_raw, rejected
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.salinity import UNIT

FLAGS = {"position not flagged good": "POSITION_QC", "date not flagged good": "JULD_QC"}


def read_argo(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of an Argo multi-profile file.

    Values flagged 1, 2, 5 or 8 are used, in profiles whose position and date have such flags.

    Raises:
        BadFile: for a file cut short or without PRES, TEMP and their flags.
    """
    with open_netcdf(path) as file:
        file.require("LATITUDE", "LONGITUDE", "JULD", "PRES", "TEMP", "PRES_QC", "TEMP_QC")
        count = file.variables["TEMP"].shape[0]

        def best(name: str, unit: str) -> Quantity:
            return adjusted_or_raw(file, name, unit, unit, _adjusted(file, name, count))

        casts = Casts(
            best("TEMP", "degC"),
            file.degrees("LATITUDE", count, "latitude"),
            file.degrees("LONGITUDE", count, "longitude"),
            file.dates("JULD", "days since 1950-01-01"),
            file.text("PLATFORM_NUMBER") if "PLATFORM_NUMBER" in file else [""] * count,
            pressure=best("PRES", "dbar"),
            salinity=best("PSAL", UNIT) if "PSAL" in file else None,
            rejected=rejected(file, count, FLAGS),
        )
    return profiles_dataset(casts, path, "Argo")


def _adjusted(file: NetCDF, name: str, count: int) -> NDArray[np.bool_] | None:
    """Which profiles have mode A or D for a parameter; None if the file states no mode."""
    mode = np.full(count, "")
    if "DATA_MODE" in file:
        stated = file.text("DATA_MODE")
        mode = np.array(stated if len(stated) == count else [*stated, ""][:1] * count)
    if "PARAMETER_DATA_MODE" in file and "STATION_PARAMETERS" in file:
        modes = file.characters("PARAMETER_DATA_MODE")
        for parameter in range(modes.shape[1] if modes.ndim == 2 else 0):
            mine = np.array(file.text("STATION_PARAMETERS", parameter)) == name
            stated_here = mine & np.isin(modes[:, parameter], ["R", "A", "D"])
            mode = np.where(stated_here, modes[:, parameter], mode)
    return np.isin(mode, ["A", "D"]) if (mode != "").any() else None
