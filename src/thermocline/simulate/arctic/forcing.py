"""What drives the ice: wind, air temperature, sunshine, currents and the ocean's heat.

Means are drawn by hand along the currents that oceanographers know; weather is random about them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.configuration import Ice
from thermocline.simulate.arctic.geography import CELL, Arctic, Places
from thermocline.simulate.arctic.weather import Field, red_noise

DENSITY, CORIOLIS = 1.3, 1.4e-4  # of air, kg m-3; s-1
SURFACE, INFLOW = 0.65, 25.0  # the wind's share of the geostrophic one, and its turning (degrees)
SUN = 1361.0 * 0.5  # W m-2, with the share that passes the atmosphere and its clouds
YEAR, COLDEST = 365.25, 25  # days

ATLANTIC: Places = (
    (52, -30), (58, -20), (62, -4), (66, 5), (70, 14), (73, 20), (74, 32), (72, 42),
)  # fmt: skip
SPITSBERGEN: Places = ((71, 15), (75, 13), (78, 9), (80, 11))
IRMINGER: Places = ((57, -22), (61, -27), (64, -30), (62, -38), (58, -45), (55, -45))
GREENLAND: Places = ((82, -2), (78, -6), (74, -14), (70, -21), (66, -34), (60, -43))
BAFFIN: Places = ((77, -73), (72, -70), (66, -61), (60, -61), (55, -56))
TRANSPOLAR: Places = ((76, 150), (82, 150), (88, 110), (86, 5), (82, 0))
GYRE: Places = ((75, -130), (72, -145), (73, -162), (78, -170), (82, -150), (80, -125), (75, -130))
BERING: Places = ((60, -176), (64, -171), (66, -169), (69, -170), (71, -172))
PACIFIC: Places = ((52, -175), (56, -172), (58, -180), (55, 170))
CURRENTS = (  # path, width (m), speed (m/s)
    (ATLANTIC, 200e3, 0.10),
    (SPITSBERGEN, 130e3, 0.10),
    (GREENLAND, 150e3, 0.13),
    (BAFFIN, 150e3, 0.08),
    (TRANSPOLAR, 350e3, 0.025),
    (GYRE, 250e3, 0.025),
    (BERING, 150e3, 0.08),
)
HEATS = (  # path, width (m), W m-2
    (ATLANTIC, 330e3, 190.0),
    (SPITSBERGEN, 170e3, 160.0),
    (IRMINGER, 260e3, 150.0),
    (PACIFIC, 330e3, 110.0),
    (BERING, 150e3, 12.0),
)
DEEP_HEAT = 2.0  # W m-2, everywhere


@dataclass(frozen=True, eq=False)
class Forcing:
    """At one moment: wind [2, H, W] m/s, air [H, W] °C, sun and ocean_heat [H, W] W m-2."""

    wind: NDArray[np.float64]
    air: NDArray[np.float64]
    sun: NDArray[np.float64]
    ocean_heat: NDArray[np.float64]


def currents(arctic: Arctic) -> NDArray[np.float64]:
    """The ocean's mean surface currents along the grid [2, H, W], m/s."""
    flow = sum(speed * arctic.along(path, width) for path, width, speed in CURRENTS)
    return np.asarray(flow * arctic.sea, np.float64)


class Climate:
    """The forcing of one Arctic, moment after moment.

    Args:
        ice: whose parameters.
        arctic: the sea's shape.
        steps: moments a day.
        random: where randomness comes from.
    """

    def __init__(self, ice: Ice, arctic: Arctic, steps: int, random: np.random.Generator):
        self._ice, self._steps, self._random = ice, steps, random
        self._latitude = np.radians(arctic.latitude)
        field = lambda length, memory, step: Field(
            arctic.sea.shape, CELL, length, memory, step, random
        )
        self._storms = field(ice.wind_length, ice.wind_memory, 1 / steps)
        self._regimes = field(1300e3, 15.0, 1.0)  # blocking, the Arctic oscillation
        self._spells = field(900e3, 6.0, 1.0)  # of cold and warm air
        self._years = list(random.standard_normal(2))  # air and ocean, slow
        self._mean_wind = self._highs_and_lows(arctic)
        heat = [watts * arctic.near(path, width) for path, width, watts in HEATS]
        self._heat = np.maximum.reduce(heat)
        mild = np.maximum(
            arctic.near((*ATLANTIC, *SPITSBERGEN[-1:]), 650e3),
            0.75 * np.maximum(arctic.near(PACIFIC, 700e3), arctic.near(IRMINGER, 400e3)),
        )
        south = np.clip((90 - arctic.latitude) / 30, 0, 1.3)
        self._winter = -32.2 + 12.0 * south + 18.0 * mild * south
        self._summer = -0.8 + 7.5 * south

    def day(self, day: int) -> Iterator[Forcing]:
        """The moments of a day, counted from the first of January of year 0.

        Storms move within the day; the rest changes from day to day.
        """
        ice = self._ice
        self._regimes.advance()
        self._spells.advance()
        self._years = [
            red_noise(value, memory, 1.0, self._random)
            for value, memory in zip(self._years, (300.0, 900.0), strict=True)
        ]
        cold = np.cos(2 * np.pi * (day - COLDEST) / YEAR)
        gusts = ice.wind * (1 + 0.2 * cold)
        mean = self._mean_wind * (1 + 0.4 * cold) + 0.45 * gusts * self._regimes.winds()
        half = 0.5 * (self._summer - self._winter) * ice.season
        middle = 0.5 * (self._summer + self._winter)
        noise = (2.6 + 1.6 * cold) * self._spells.values() + 0.8 * self._years[0]
        trend = ice.warmth + ice.warming * day / YEAR / 10
        air, sun = middle - half * cold + noise + trend, self._sunshine(day)
        heat = self._heat * ice.ocean_heat * (1 + 0.18 * self._years[1]) + DEEP_HEAT
        for _ in range(self._steps):
            self._storms.advance()
            yield Forcing(mean + 0.9 * gusts * self._storms.winds(), air, sun, heat)

    def _sunshine(self, day: int) -> NDArray[np.float64]:
        """Daily mean at the ground [H, W], W m-2."""
        tilt = np.radians(23.45) * np.sin(2 * np.pi * (day - 80) / YEAR)
        across = np.tan(self._latitude) * np.tan(tilt)
        hour = np.arccos(np.clip(-across, -1, 1))
        high = np.sin(self._latitude) * np.sin(tilt) * hour
        low = np.cos(self._latitude) * np.cos(tilt) * np.sin(hour)
        return SUN / np.pi * np.maximum(high + low, 0)

    def _highs_and_lows(self, arctic: Arctic) -> NDArray[np.float64]:
        """The mean wind at the surface [2, H, W], m/s."""
        pressure = (
            self._ice.high * arctic.near(((78, -150),), 900e3)
            - 900.0 * arctic.near(((64, -32), (70, 0), (73, 30)), 650e3)
            - 600.0 * arctic.near(((55, -175),), 700e3)
            + 500.0 * arctic.near(((73, -42),), 500e3)
        )
        slope_y, slope_x = np.gradient(pressure, CELL)
        geostrophic = np.stack([-slope_y, slope_x]) * arctic.scale / (DENSITY * CORIOLIS)
        return SURFACE * turned(geostrophic, INFLOW)


def turned(vectors: NDArray, degrees: float) -> NDArray[np.float64]:
    """Vectors [2, ...] turned to the left."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    x, y = vectors
    return np.stack([cosine * x - sine * y, sine * x + cosine * y])
