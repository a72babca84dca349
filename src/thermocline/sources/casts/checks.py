"""Checks of casts: positions off the globe, another quantity, and temperatures in kelvin."""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.common.attributes import ABSOLUTE, advice, derived
from thermocline.sources.common.quantity import Quantity

ROUNDING = 1e-4
"""Degrees by which a position may be off the globe, by rounding to float32."""


def on_the_globe(
    lat: NDArray, lon: NDArray, present: NDArray[np.bool_], where: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Latitudes [n_prof] within ±90, and which profiles are off the globe.

    Args:
        present: profiles that must be on the globe.

    Raises:
        BadData: if one of these is not.
    """
    away = np.zeros(lat.shape, dtype=bool)
    for name, values, bound in (("latitude", lat, 90), ("longitude", lon, 360)):
        off = np.abs(np.nan_to_num(values)) > bound + ROUNDING
        away |= off
        outside = np.flatnonzero(present & off)
        if outside.size:
            raise BadData(
                f"{name} of profile {outside[0] + 1} is not on the globe",
                where=where,
                fix=f"{name}s lie between −{bound} and {bound} degrees",
            )
    return np.clip(lat, -90, 90), away


def check_meaning(quantities: dict[str, Quantity | None], where: str) -> None:
    """Raise BadData for something else than temperature or salinity, such as its error."""
    for name, quantity in quantities.items():
        what = derived(quantity.attributes) if quantity is not None else ""
        if what and (name, what) != ("salinity", ABSOLUTE):
            raise BadData(f"the {name} is {what}", where=where, fix=advice(what, f"the {name}"))


def check_unit(temperature: NDArray, where: str) -> None:
    """Raise BadData if more values are possible as kelvin than as °C, or the reverse."""
    bounds = VARIABLES["thetao"]
    possible = lambda shift: np.count_nonzero(
        (temperature >= bounds.lower + shift) & (temperature <= bounds.upper + shift)
    )
    for shift, what, unit in (
        (273.15, "temperatures labelled °C are kelvin", "K"),
        (-273.15, "temperatures labelled kelvin are °C", "degree_Celsius"),
    ):
        if possible(shift) > possible(0):
            raise BadData(
                f"{what} by their values",
                where=where,
                fix=f"set the variable's units attribute to '{unit}', or convert the values",
            )
