"""The variables Thermocline knows: CF names, units, physical bounds and how they are packed."""

from dataclasses import dataclass, field

import numpy as np

from thermocline.ocean.packing import Packing


@dataclass(frozen=True)
class Variable:
    """A physical quantity.

    Attributes:
        name: CMIP6's where it has one.
        standard_name: CF's; empty where it has none.
        lower, upper: bounds of what the real ocean can hold.
        packing: how values are kept in the store of prepared data.
        upper_at: (depth in metres, upper bound) from the surface down, where it narrows with depth.
        answered: CF attributes that an answer states, where they are others than those of the
            fields that are read: what is read has been converted, an answer says into what.
    """

    name: str
    standard_name: str
    long_name: str
    units: str
    lower: float
    upper: float
    packing: Packing
    upper_at: tuple[tuple[float, float], ...] = ()
    answered: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def attributes(self) -> dict[str, str]:
        """CF attributes of a data variable; no standard name where CF has none."""
        named = {"standard_name": self.standard_name} if self.standard_name else {}
        return {**named, "long_name": self.long_name, "units": self.units}

    @property
    def answer_attributes(self) -> dict[str, str]:
        """The same of an answer's data variable."""
        return self.attributes | dict(self.answered)

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
            "so",
            "sea_water_salinity",
            "Sea water salinity",
            "1e-3",
            0.0,
            50.0,
            Packing(2e-3, 25.0),
            answered=(
                ("standard_name", "sea_water_practical_salinity"),
                ("long_name", "Sea water practical salinity"),
                ("units", "1"),
            ),
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
            "sos",
            "sea_surface_salinity",
            "Sea surface salinity",
            "1e-3",
            0.0,
            50.0,
            Packing(2e-3, 25.0),
        ),
        # Of altimetry the absolute dynamic topography, `adt`.
        Variable(
            "zos",
            "sea_surface_height_above_geoid",
            "Sea surface height above geoid",
            "m",
            -5.0,
            5.0,
            Packing(2e-4),
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
        # Volume of ice per area of the whole cell, open water included: models' effective
        # thickness, neXtSIM's `sit`.
        Variable(
            "sithick",
            "sea_ice_thickness",
            "Sea ice thickness: volume per area of the cell",
            "m",
            0.0,
            15.0,
            Packing(1e-3, 10.0),
            # As CMIP6 says it of `sivol`.
            answered=(("cell_methods", "area: mean where sea"),),
        ),
        Variable(
            "simass",
            "sea_ice_amount",
            "Sea ice mass per area of the grid cell",
            "kg m-2",
            0.0,
            14000.0,
            Packing(0.5, 8000.0),
        ),
        # CF has no standard name: 0 is unbroken ice (and open water), 1 is wholly broken ice.
        Variable("damage", "", "Sea ice damage", "1", 0.0, 1.0, Packing(1e-4, 0.5)),
        Variable(
            "siu",
            "sea_ice_x_velocity",
            "Sea ice velocity along the grid's x",
            "m s-1",
            -2.0,
            2.0,
            Packing(1e-4),
        ),
        Variable(
            "siv",
            "sea_ice_y_velocity",
            "Sea ice velocity along the grid's y",
            "m s-1",
            -2.0,
            2.0,
            Packing(1e-4),
        ),
    )
}

CELSIUS = {"degree_celsius", "degrees_celsius", "degc", "deg_c", "deg c", "c", "celsius", "°c"}
