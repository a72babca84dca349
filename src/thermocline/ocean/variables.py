"""The variables Thermocline knows: CF names, units, physical bounds and how they are packed."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermocline.errors import BadData
from thermocline.ocean.packing import Packing


@dataclass(frozen=True)
class Variable:
    """A physical quantity.

    Attributes:
        name: CMIP6's.
        lower, upper: bounds of what the real ocean can hold.
        packing: how values are kept in the store of prepared data.
        upper_at: (depth in metres, upper bound) from the surface down, where it narrows with depth.
    """

    name: str
    standard_name: str
    long_name: str
    units: str
    lower: float
    upper: float
    packing: Packing
    upper_at: tuple[tuple[float, float], ...] = ()

    @property
    def attributes(self) -> dict[str, str]:
        """CF attributes of a data variable."""
        return {
            "standard_name": self.standard_name,
            "long_name": self.long_name,
            "units": self.units,
        }

    def bounds(self, depth: float = 0.0) -> tuple[float, float]:
        """Lower and upper bound at a depth in metres."""
        if not self.upper_at:
            return self.lower, self.upper
        depths, uppers = np.array(self.upper_at).T
        return self.lower, float(np.interp(depth, depths, uppers))


TEMPERATURE = Packing(1e-3, 18.0)
"""Steps of 1 mK about 18 °C: far finer than any use of them."""

VARIABLES = {
    variable.name: variable
    for variable in (
        Variable(
            "thetao",
            "sea_water_potential_temperature",
            "Sea water potential temperature",
            "degree_Celsius",
            -3.0,
            40.0,
            TEMPERATURE,
            # The warmest deep water is the Red Sea's, 22 °C.
            ((0, 40.0), (100, 36.0), (500, 30.0), (1000, 26.0), (2000, 24.0)),
        ),
        Variable(
            "so", "sea_water_salinity", "Sea water salinity", "1e-3", 0.0, 50.0, Packing(2e-3, 25.0)
        ),
        Variable(
            "tos",
            "sea_surface_temperature",
            "Sea surface temperature",
            "degree_Celsius",
            -3.0,
            40.0,
            TEMPERATURE,
        ),
        Variable(
            "siconc",
            "sea_ice_area_fraction",
            "Sea ice area fraction",
            "1",
            0.0,
            1.0,
            Packing(1e-4, 0.5),
        ),
    )
}

CELSIUS = {"degree_celsius", "degrees_celsius", "degc", "deg_c", "deg c", "c", "celsius", "°c"}
KELVIN = {"k", "kelvin", "degk", "deg_k", "degrees_kelvin", "degree_kelvin"}


def to_celsius(field: xr.DataArray, where: str) -> xr.DataArray:
    """Temperature in degrees Celsius, whatever its (stated) unit.

    Raises:
        BadData: if the unit is unknown, or the values contradict it (kelvin labelled °C).
    """
    units = str(field.attrs.get("units", "")).strip().lower()
    if units in KELVIN:
        field = (field - 273.15).assign_attrs(field.attrs)
    elif units not in CELSIUS and units:
        raise BadData(
            "temperature has an unknown unit",
            where=where,
            fix="give temperature in degree_Celsius or K and say so in its units attribute",
        )
    field = field.assign_attrs(units="degree_Celsius")
    median = float(np.nanmedian(field.values)) if field.size and field.notnull().any() else 0.0
    if median > 100.0:
        raise BadData(
            f"values labelled {'°C' if units else 'without a unit'} are kelvin: half are above 100",
            where=where,
            fix="set the variable's units attribute to 'K', or convert the values",
        )
    if median < -100.0:
        raise BadData(
            "Celsius values labelled kelvin: half would be below −100 °C",
            where=where,
            fix="set the variable's units attribute to 'degree_Celsius'",
        )
    return field
