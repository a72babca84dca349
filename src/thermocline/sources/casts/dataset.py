"""The canonical dataset of profiles: its variables, coordinates and attributes."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.ocean.sphere import wrap_longitude
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, DropCounter
from thermocline.sources.casts.raw import Casts

ERROR = {"long_name": "standard error of thetao", "units": "degree_Celsius"}


def canonical_profiles(
    casts: Casts,
    values: dict[str, NDArray],
    temperatures: DropCounter,
    salinities: DropCounter,
    position: tuple[NDArray, NDArray],
    attributes: dict[str, str],
) -> xr.Dataset:
    """The profiles and levels that have a value, with attributes and accounts.

    Args:
        values: [n_prof, n_level] by name: thetao, so, depth and perhaps error.
        temperatures, salinities: say which values are used.
        position: latitude and longitude [n_prof].
        attributes: where the profiles are from.
    """
    either = temperatures.remaining | salinities.remaining
    chosen = np.flatnonzero(either.any(axis=1))
    levels = int(np.flatnonzero(either.any(axis=0)).max(initial=-1)) + 1
    described = {
        "thetao": (temperatures.remaining, VARIABLES["thetao"].attributes),
        "so": (salinities.remaining, VARIABLES["so"].attributes),
        "depth": (either, {"standard_name": "depth", "units": "m", "positive": "down"}),
        "error": (temperatures.remaining, ERROR),
    }
    variables = {}
    for name, found in values.items():
        remaining, cf_attributes = described[name]
        kept = np.where(remaining[chosen, :levels], found[chosen, :levels], np.nan)
        variables[name] = (("n_prof", "n_level"), kept, cf_attributes)
    north, east = (
        {"standard_name": name, "units": unit}
        for name, unit in (("latitude", "degrees_north"), ("longitude", "degrees_east"))
    )
    time = casts.time[chosen].astype("datetime64[ns]")
    accounts = {
        ATTRIBUTE: temperatures.account().to_json(),
        OF_SALINITY: salinities.account().to_json(),
    }
    return xr.Dataset(
        variables,
        attrs=attributes | accounts,
        coords={
            "latitude": ("n_prof", position[0][chosen], north),
            "longitude": ("n_prof", wrap_longitude(position[1][chosen]), east),
            "time": ("n_prof", time, {"standard_name": "time"}),
            "platform_number": ("n_prof", np.array([casts.platform[i] for i in chosen], dtype=str)),
        },
    )


def with_temperature(profiles: xr.Dataset) -> xr.Dataset:
    """The profiles and levels that have a temperature, with the salinities there."""
    there = np.isfinite(profiles["thetao"].values)
    chosen = np.flatnonzero(there.any(axis=1))
    levels = int(np.flatnonzero(there.any(axis=0)).max(initial=-1)) + 1
    part = profiles.isel(n_prof=chosen, n_level=slice(0, levels))
    result = part.where(np.isfinite(part["thetao"]))
    del result.attrs[OF_SALINITY]
    return result
