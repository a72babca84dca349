"""Values of a gridded temperature: read in blocks, in °C, and potential."""

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.ocean.variables import KELVIN, to_celsius
from thermocline.sources.netcdf import ABSURD
from thermocline.sources.opening import MAX_ELEMENTS
from thermocline.sources.seawater import potential_temperature, pressure_from_depth

_SPELLINGS = {
    "deg. c": "degc",
    "degree_c": "degc",
    "degrees_c": "degc",
    "degree celsius": "degc",
    "degrees celsius": "degc",
}


def in_blocks(field: xr.DataArray, where: str) -> xr.DataArray:
    """The variable as float32, lazily, in blocks of some 2^22 values along its first dimension.

    A block holds whole chunks of the file, so that none is decompressed twice.
    """
    step = field.size // field.shape[0] if field.ndim > 2 else field.size
    if step > MAX_ELEMENTS or field.size > MAX_ELEMENTS**2:
        raise BadFile(
            f"{field.name} claims {field.shape} elements",
            where=where,
            fix=f"one time step holds at most {MAX_ELEMENTS:,} values; split the file",
        )
    if field.ndim > 2:
        stored = (field.encoding.get("chunksizes") or (1,))[0]
        field = field.chunk({field.dims[0]: stored * max(1, 2**22 // (step * stored))})
    field = field.chunk().astype(np.float32)
    return field.where(np.abs(field) < ABSURD)


def in_celsius(raw: xr.DataArray, blocks: xr.DataArray, flat: set, where: str) -> xr.DataArray:
    """The field in °C; one level of one time step is looked at where that suffices.

    Args:
        raw: the variable as the file has it.
        blocks: the same from `in_blocks`.
        flat: the horizontal dimensions.

    Raises:
        BadData: for an unknown unit, values that contradict theirs, or none at all.
    """
    units = str(raw.attrs.get("units", "")).strip().lower()
    units = _SPELLINGS.get(units, units)
    one_level = {d: slice(0, 1) for d in raw.dims if d not in flat}
    one_step = {d: slice(0, 1) for d in raw.dims[:1] if d not in flat}
    for sample in (raw.isel(one_level), raw.isel(one_step), blocks):
        sample = sample.load().where(np.abs(sample) < ABSURD)
        if sample.notnull().any():
            to_celsius(sample.assign_attrs(units=units), f"{where}: {raw.name}")
            return blocks - np.float32(273.15) if units in KELVIN else blocks
    raise BadData(f"every value of {raw.name} is missing", where=where, fix="give a file with data")


def potential(field: xr.DataArray) -> xr.DataArray:
    """Potential from in-situ temperature, with the salinity `seawater` assumes."""
    latitude = field.latitude.fillna(0)
    longitude = field.longitude.fillna(0) if "longitude" in field.coords else 0.0
    pressure = xr.apply_ufunc(pressure_from_depth, field.depth, latitude)
    return xr.apply_ufunc(
        potential_temperature,
        field,
        np.nan,
        pressure,
        latitude,
        longitude,
        dask="parallelized",
        output_dtypes=[field.dtype],
    ).transpose(*field.dims)
