"""Tiny files in providers' formats, as their manuals describe them."""

from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

FILL = 99999.0


def _characters(handle: netCDF4.Dataset, name: str, dims: tuple, rows: list[str]) -> None:
    """A character variable; several dims take the rows' characters along the last one."""
    variable = handle.createVariable(name, "S1", dims, fill_value=b" ")
    if len(dims) == 1:
        variable[:] = np.array([c.encode() for c in "".join(rows)], dtype="S1")
    else:
        width = handle.dimensions[dims[-1]].size
        variable[:] = np.array([[c.encode() for c in row.ljust(width)] for row in rows], dtype="S1")


def _numbers(
    handle: netCDF4.Dataset, name: str, dims: tuple, values: object, **attributes: object
) -> None:
    variable = handle.createVariable(name, "f4" if len(dims) > 1 else "f8", dims, fill_value=FILL)
    variable[:] = np.ma.masked_invalid(np.asarray(values, dtype=float))
    variable.setncatts(attributes)


def write_argo(
    path: Path,
    *,
    mode: str,
    pres: list,
    temp: list,
    psal: list | None = None,
    temp_qc: list[str],
    adjusted: list | None = None,
    adjusted_qc: list[str] | None = None,
    latitude: list,
    longitude: list,
    position_qc: str | None = None,
    juld_qc: str | None = None,
    juld: list | None = None,
    storage: str = "NETCDF3_CLASSIC",
) -> Path:
    """An Argo multi-profile file; pressures are the same raw and adjusted, and flagged good."""
    count, levels = np.shape(temp)
    good = ["1" * levels] * count
    with netCDF4.Dataset(path, "w", format=storage) as handle:
        for name, size in (("N_PROF", count), ("N_LEVELS", levels), ("STRING8", 8)):
            handle.createDimension(name, size)
        _characters(
            handle, "PLATFORM_NUMBER", ("N_PROF", "STRING8"), [f"19000{i:02}" for i in range(count)]
        )
        _characters(handle, "DATA_MODE", ("N_PROF",), [mode])
        _numbers(
            handle,
            "JULD",
            ("N_PROF",),
            [20000.5] * count if juld is None else juld,
            units="days since 1950-01-01 00:00:00 UTC",
        )
        _characters(handle, "JULD_QC", ("N_PROF",), [juld_qc or "1" * count])
        _numbers(handle, "LATITUDE", ("N_PROF",), latitude)
        _numbers(handle, "LONGITUDE", ("N_PROF",), longitude)
        _characters(handle, "POSITION_QC", ("N_PROF",), [position_qc or "1" * count])
        dims = ("N_PROF", "N_LEVELS")
        for suffix, values, flags in (
            ("", temp, temp_qc),
            ("_ADJUSTED", temp if adjusted is None else adjusted, adjusted_qc or temp_qc),
        ):
            _numbers(handle, f"PRES{suffix}", dims, pres, units="decibar")
            _characters(handle, f"PRES{suffix}_QC", dims, good)
            _numbers(handle, f"TEMP{suffix}", dims, values, units="degree_Celsius")
            _characters(handle, f"TEMP{suffix}_QC", dims, flags)
            if psal is not None:
                _numbers(handle, f"PSAL{suffix}", dims, psal, units="psu")
                _characters(handle, f"PSAL{suffix}_QC", dims, good)
    return path


def write_en4(
    path: Path,
    *,
    depth: list,
    potm: list,
    potm_qc: list[str],
    profile_qc: str,
    position_qc: str,
    psal: list,
    storage: str = "NETCDF4",
) -> Path:
    """An EN4 monthly profile file."""
    count, levels = np.shape(potm)
    with netCDF4.Dataset(path, "w", format=storage) as handle:
        for name, size in (("N_PROF", count), ("N_LEVELS", levels), ("STRING8", 8)):
            handle.createDimension(name, size)
        dims = ("N_PROF", "N_LEVELS")
        _characters(
            handle, "PLATFORM_NUMBER", ("N_PROF", "STRING8"), [f"Q{i}" for i in range(count)]
        )
        _numbers(
            handle,
            "JULD",
            ("N_PROF",),
            21244.25 + np.arange(count),
            units="days since 1950-01-01 00:00:00 utc",
        )
        _characters(handle, "JULD_QC", ("N_PROF",), ["1" * count])
        _numbers(handle, "LATITUDE", ("N_PROF",), 10.0 + np.arange(count))
        _numbers(handle, "LONGITUDE", ("N_PROF",), 200.0 + np.arange(count))
        _characters(handle, "POSITION_QC", ("N_PROF",), [position_qc])
        _characters(handle, "PROFILE_POTM_QC", ("N_PROF",), [profile_qc])
        _characters(handle, "PROFILE_PSAL_QC", ("N_PROF",), ["1" * count])
        _numbers(handle, "DEPH_CORRECTED", dims, depth, units="metre")
        _characters(handle, "DEPH_CORRECTED_QC", dims, ["1" * levels] * count)
        _numbers(handle, "POTM_CORRECTED", dims, potm, units="degree_Celsius")
        _characters(handle, "POTM_CORRECTED_QC", dims, potm_qc)
        _numbers(handle, "PSAL_CORRECTED", dims, psal, units="psu")
        _characters(handle, "PSAL_CORRECTED_QC", dims, ["1" * levels] * count)
    return path


def cmip6(
    *,
    latitude: object = (-60.0, -20.0, 20.0, 60.0),
    longitude: object = (0.5, 90.5, 180.5, 270.5),
    depth: object = (5.0, 50.0, 500.0),
    months: int = 2,
    units: str = "degC",
) -> xr.Dataset:
    """A CMIP6 thetao dataset whose value says where it is: see `value_at`."""
    lat, lon, lev = (np.asarray(v, dtype=float) for v in (latitude, longitude, depth))
    values = (
        value_at(lat[:, None], lon, lev[:, None, None]) + np.arange(months)[:, None, None, None]
    )
    values[:, :, 0, 0] = np.nan
    return xr.Dataset(
        {
            "thetao": (
                ("time", "lev", "lat", "lon"),
                values.astype(np.float32),
                {"units": units, "standard_name": "sea_water_potential_temperature"},
            )
        },
        coords={
            "time": (
                "time",
                15.5 + 30.0 * np.arange(months),
                {"units": "days since 1850-01-01", "calendar": "noleap", "axis": "T"},
            ),
            "lev": ("lev", lev, {"units": "m", "positive": "down", "axis": "Z"}),
            "lat": ("lat", lat, {"units": "degrees_north", "axis": "Y"}),
            "lon": ("lon", lon, {"units": "degrees_east", "axis": "X"}),
        },
        attrs={"source_id": "MODEL-1", "institution_id": "INST", "variant_label": "r12i1p1f2"},
    )


def value_at(latitude: object, longitude: object, depth: object) -> np.ndarray:
    """A temperature that is different at every place: °C."""
    lat, lon, lev = (np.asarray(v, dtype=float) for v in (latitude, longitude, depth))
    east = (lon + 180) % 360 - 180
    return 10 + lat / 10 + east / 100 - lev / 200
