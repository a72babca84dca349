"""Potential temperature of fields that hold temperature in situ or conservative temperature."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile
from thermocline.sources.common.attributes import ABSOLUTE, derived
from thermocline.sources.common.seawater import practical_salinity, pressure_from_depth
from thermocline.sources.common.temperature import CONSERVATIVE, IN_SITU, refused, to_potential
from thermocline.sources.fields.naming import find_variable
from thermocline.sources.fields.statuses import STATUS, unconverted
from thermocline.sources.fields.values import check_size, values_and_status

SALINITY = "so"


def salinity_beside(raw: xr.Dataset, name: str, flat: set, where: str) -> tuple[xr.Variable, bool]:
    """The salinity on the dimensions of a conservative temperature, and whether it is absolute.

    Args:
        flat: the horizontal dimensions.

    Raises:
        BadData: if the file has none.
    """
    absolute = False
    try:
        beside, _ = find_variable(raw, SALINITY, where)
    except (BadFile, BadData) as problem:
        found = [n for n, v in raw.variables.items() if derived(v.attrs) == ABSOLUTE]
        if len(found) != 1:
            raise refused("conservative, without a salinity to convert it by", where) from problem
        beside, absolute = str(found[0]), True
    if set(raw.variables[beside].dims) != set(raw.variables[name].dims):
        raise refused("conservative, with a salinity of other places", where)
    check_size(raw.variables[beside], beside, where)
    return values_and_status(raw, beside, SALINITY, flat, where)[0], absolute


def made_potential(
    field: xr.Dataset, variable: str, kind: str, absolute: bool, where: str
) -> xr.Dataset:
    """The field with potential temperature in place of another kind, and without its salinity.

    In situ, temperatures at the surface are as they are, and so are those called `tos`.

    Args:
        kind: of temperature, from `find_variable`; fields of anything else stay.
        absolute: whether the field's salinity is absolute.
    """
    below = kind == IN_SITU and variable == "thetao" and float(field.depth.max()) > 0
    if kind != CONSERVATIVE and not below:
        return field
    salinity = field.get(SALINITY, np.nan)
    field[variable] = _potential(field[variable], kind, salinity, absolute, where)
    if kind == CONSERVATIVE:
        status = variable + STATUS
        field[status] = unconverted(field[status], field[variable])
    return field.drop_vars(SALINITY, errors="ignore")


def _potential(
    field: xr.DataArray, kind: str, salinity: Any, absolute: bool, where: str
) -> xr.DataArray:
    """Potential temperature, °C; `salinity` is a number (NaN where unknown) or a like field."""
    latitude = field.latitude.fillna(0)
    longitude = field.longitude.fillna(0) if "longitude" in field.coords else 0.0
    pressure = xr.apply_ufunc(pressure_from_depth, field.depth, latitude)

    def convert(values: NDArray, salt: NDArray, *place: NDArray) -> NDArray:
        salt = practical_salinity(salt, *place) if absolute else salt
        return to_potential(kind, values, salt, *place, where=where)

    return xr.apply_ufunc(
        convert, field, salinity, pressure, latitude, longitude,
        dask="parallelized", output_dtypes=[field.dtype],
    ).transpose(*field.dims)  # fmt: skip
