"""Write profiles in the format of the Met Office's EN.4.2.2 monthly profile files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.files import atomic_path
from thermocline.simulate.profiles import Profiles

FILL = 99999.0
WIDTHS = {"STRING8": 8, "STRING4": 4}


def file_name(year: int, month: int) -> str:
    """As the provider names its files (bias corrections `g10`)."""
    return f"EN.4.2.2.f.profiles.g10.{year}{month:02d}.nc"


def write_en4(path: Path, profiles: Profiles, year: int, month: int, title: str) -> None:
    """One month of profiles; absent values are 99999 and flags are characters."""
    import netCDF4

    count, levels = profiles.temperature.shape
    start = (np.datetime64(f"{year}-{month:02d}-01") - np.datetime64("1950-01-01")).astype(int)
    with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as nc:
        for name, size in {"N_PROF": count, "N_LEVELS": levels, **WIDTHS}.items():
            nc.createDimension(name, size)
        time = {"units": "days since 1950-01-01 00:00:00 utc", "long_name": "Julian day (UTC)"}
        _numbers(nc, "JULD", start + np.round(profiles.day, 3), time, kind="f8")
        _flags(nc, "JULD_QC", np.full(count, "1"))
        _numbers(nc, "LATITUDE", profiles.latitude, {"units": "degree_north"}, digits=4)
        _numbers(nc, "LONGITUDE", profiles.longitude, {"units": "degree_east"}, digits=4)
        _flags(nc, "POSITION_QC", profiles.position_flag)
        _numbers(nc, "DEPH_CORRECTED", profiles.depth, _metres(), digits=1)
        _flags(nc, "DEPH_CORRECTED_QC", np.where(np.isfinite(profiles.depth), "1", " "))
        _numbers(nc, "POTM_CORRECTED", profiles.temperature, _celsius("potential"), digits=3)
        _flags(nc, "POTM_CORRECTED_QC", profiles.level_flag)
        _flags(nc, "PROFILE_POTM_QC", profiles.profile_flag)
        _numbers(nc, "TEMP", _in_situ(profiles), _celsius("in-situ"), digits=3)
        _numbers(nc, "PSAL_CORRECTED", profiles.salinity, _practical(), digits=3)
        _flags(nc, "PSAL_CORRECTED_QC", np.where(np.isfinite(profiles.salinity), "1", " "))
        has_salt = np.isfinite(profiles.salinity).any(axis=1)
        _flags(nc, "PROFILE_PSAL_QC", np.where(has_salt, "1", "4"))
        _text(nc, "PLATFORM_NUMBER", profiles.platform, "STRING8")
        _text(nc, "WMO_INST_TYPE", profiles.instrument, "STRING4")
        nc.setncatts({"title": title, "Conventions": "CF-1.0", "history": "simulated"})


def _in_situ(profiles: Profiles) -> NDArray[np.float64]:
    """In-situ temperature of the potential one (35 g/kg where salinity is absent)."""
    import gsw

    salt = np.where(np.isfinite(profiles.salinity), profiles.salinity, 35.0)
    pressure = gsw.p_from_z(-profiles.depth, profiles.latitude[:, None])
    conservative = gsw.CT_from_pt(salt, profiles.temperature)
    return gsw.t_from_CT(salt, conservative, pressure)


def _metres() -> dict[str, str]:
    return {"units": "metre", "long_name": "depth corrected", "standard_name": "depth"}


def _celsius(kind: str) -> dict[str, str]:
    return {"units": "degree_Celsius", "long_name": f"{kind} temperature"}


def _practical() -> dict[str, str]:
    return {"units": "psu", "long_name": "corrected practical salinity"}


def _numbers(nc, name: str, values: NDArray, attributes: dict, kind="f4", digits=6) -> None:
    dims = ("N_PROF", "N_LEVELS")[: values.ndim]
    variable = nc.createVariable(
        name, kind, dims, fill_value=FILL, compression="zlib", complevel=9, shuffle=True
    )
    variable.setncatts(attributes)
    variable[:] = np.where(np.isfinite(values), np.round(values, digits), FILL)


def _flags(nc, name: str, values: NDArray) -> None:
    dims = ("N_PROF", "N_LEVELS")[: values.ndim]
    variable = nc.createVariable(name, "S1", dims, fill_value=b" ", compression="zlib", complevel=9)
    variable.setncatts({"long_name": "quality flag", "conventions": "1 accept, 4 reject"})
    variable[:] = values.astype("S1")


def _text(nc, name: str, values: list[str], width: str) -> None:
    variable = nc.createVariable(name, "S1", ("N_PROF", width), fill_value=b" ")
    padded = [list(v.ljust(WIDTHS[width])[: WIDTHS[width]]) for v in values]
    variable[:] = np.array(padded, dtype="S1")
