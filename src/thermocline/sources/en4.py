"""EN4 profile files (`EN.4.2.2.f.profiles.*.YYYYMM.nc`), Met Office Hadley Centre.

Good, Martin & Rayner (2013), doi:10.1002/2013JC009067. Temperature is potential already and
depth is in metres; a flag of 1 accepts, 4 rejects. Whole profiles carry flags of their own.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.sources.clock import dates
from thermocline.sources.netcdf import NetCDF, open_netcdf
from thermocline.sources.profiles import check_count, good, profiles_dataset


def read_en4(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of an EN4 monthly file.

    Kept are levels whose temperature is flagged good (and whose depth is not flagged bad), in
    profiles whose temperature, position and date are not rejected as a whole.

    Raises:
        BadFile: for a file cut short or without corrected temperature, its flags, and depth.
        BadObservations: if it holds more than `max_profiles`.
    """
    with open_netcdf(path) as file:
        file.require(
            "LATITUDE",
            "LONGITUDE",
            "JULD",
            "DEPH_CORRECTED",
            "POTM_CORRECTED",
            "POTM_CORRECTED_QC",
        )
        count = file.variables["POTM_CORRECTED"].shape[0]
        check_count(count, max_profiles, file.name)
        depth = _without_rejected(file, "DEPH_CORRECTED")
        temperature = np.where(
            good(file.flags("POTM_CORRECTED_QC")), file.celsius("POTM_CORRECTED"), np.nan
        )
        salinity = None
        if "PSAL_CORRECTED" in file and "PSAL_CORRECTED_QC" in file:
            fine = good(file.flags("PSAL_CORRECTED_QC"))
            fine &= _profile_accepted(file, count, "PROFILE_PSAL_QC")[:, None]
            salinity = np.where(fine, file.numbers("PSAL_CORRECTED"), np.nan)
        return profiles_dataset(
            thetao=temperature,
            depth=depth,
            so=salinity,
            latitude=file.numbers("LATITUDE"),
            longitude=file.numbers("LONGITUDE"),
            time=dates(
                file.numbers("JULD"),
                file.attribute("JULD", "units", "days since 1950-01-01"),
                "standard",
                file.name,
            ),
            platform=file.text("PLATFORM_NUMBER") if "PLATFORM_NUMBER" in file else [""] * count,
            keep=_profile_accepted(
                file, count, "PROFILE_POTM_QC", "PROFILE_DEPH_QC", "POSITION_QC", "JULD_QC"
            ),
            path=path,
            provider="EN4",
        )


def _without_rejected(file: NetCDF, name: str) -> NDArray[np.float64]:
    """Values of a variable [n_prof, n_level]; NaN where its flag, if there is one, rejects."""
    values = file.numbers(name)
    if f"{name}_QC" not in file:
        return values
    return np.where(np.isin(file.flags(f"{name}_QC"), (3, 4)), np.nan, values)


def _profile_accepted(file: NetCDF, count: int, *names: str) -> NDArray[np.bool_]:
    """Profiles that none of the flags `names` rejects (EN4 leaves 0 or blank where unchecked)."""
    accepted = np.ones(count, dtype=bool)
    for name in names:
        if name in file:
            accepted &= ~np.isin(file.flags(name), (3, 4))
    return accepted
