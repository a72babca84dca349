"""EN4 profile files (`EN.4.2.2.f.profiles.*.YYYYMM.nc`), Met Office Hadley Centre.

Good, Martin & Rayner (2013), doi:10.1002/2013JC009067. Temperature is potential and depth is in
metres. A flag of 1 accepts a value and 4 rejects it; whole profiles have flags, too.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.casts.flag_codes import Rejects
from thermocline.sources.casts.netcdf import NetCDF, open_netcdf
from thermocline.sources.casts.parameters import parameter
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.salinity import UNIT
from thermocline.sources.common.temperature import POTENTIAL
from thermocline.sources.flags.schemes import BAD

FLAGS = {
    "profile of depth flagged bad": "PROFILE_DEPH_QC",
    "position flagged bad": "POSITION_QC",
    "date flagged bad": "JULD_QC",
}
OF_TEMPERATURE = {"profile of temperature flagged bad": "PROFILE_POTM_QC"}
NEEDED = (
    "LATITUDE",
    "LONGITUDE",
    "JULD",
    "DEPH_CORRECTED",
    "POTM_CORRECTED",
    "POTM_CORRECTED_QC",
)
_rejects: Rejects = lambda flags: np.isin(flags, BAD)
"""Flags of profiles and depths are 0 or blank where EN4 did not check them."""


def read_en4(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of an EN4 monthly file.

    Levels are used if their temperature is flagged good and their depth is not flagged bad, in
    profiles that are not rejected as a whole for their temperature, position or date.

    Raises:
        BadFile: for a file cut short or without corrected temperature, its flags, and depth.
    """
    with open_netcdf(path) as file:
        file.require(*NEEDED)
        count = file.variables["POTM_CORRECTED"].shape[0]
        salinity = None
        if "PSAL_CORRECTED" in file and "PSAL_CORRECTED_QC" in file:
            salinity = parameter(file, "PSAL_CORRECTED", UNIT, UNIT, flags=["PSAL_CORRECTED_QC"])
            if "PROFILE_PSAL_QC" in file:
                salinity.flagged |= _rejects(file.flags("PROFILE_PSAL_QC"))[:, None]
        casts = Casts(
            parameter(file, "POTM_CORRECTED", "degC", "degC", flags=["POTM_CORRECTED_QC"]),
            file.degrees("LATITUDE", count, "latitude"),
            file.degrees("LONGITUDE", count, "longitude"),
            file.dates("JULD", "days since 1950-01-01"),
            file.text("PLATFORM_NUMBER") if "PLATFORM_NUMBER" in file else [""] * count,
            depth=parameter(
                file, "DEPH_CORRECTED", "m", "m", flags=["DEPH_CORRECTED_QC"], rejects=_rejects
            ),
            salinity=salinity,
            rejected=_rejected(file, FLAGS),
            rejected_temperature=_rejected(file, OF_TEMPERATURE),
            kind=POTENTIAL,
        )
    return profiles_dataset(casts, path, "EN4")


def _rejected(file: NetCDF, flags: dict[str, str]) -> dict[str, NDArray[np.bool_]]:
    return {why: _rejects(file.flags(flag)) for why, flag in flags.items() if flag in file}
