"""El Niño: a recharge oscillator, and its maps.

    dT/dt = −ε T + ω H + bursts (1 + B T) − c T³,    dH/dt = −ε H − ω T        (Jin, 1997)

T is the eastern Pacific's surface anomaly (°C), H the heat content of the equatorial Pacific in
the same unit. Bursts are stronger in a warm state, so warm events are the larger ones.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.basins import BASINS, basin_of
from thermocline.simulate.configuration import Ocean
from thermocline.simulate.geography import Geography


class ElNino:
    """State of the oscillator, advanced in days."""

    def __init__(self, ocean: Ocean, random: np.random.Generator):
        self._ocean, self._random = ocean, random
        self.surface, self.recharge, self.flavour, self._burst = 0.0, 0.5, 0.0, 0.0

    def advance(self, days: float, month: float) -> tuple[float, float, float]:
        """(T, H, flavour) `days` later; flavour < 0 are events of the central Pacific."""
        o = self._ocean
        omega, damping = 2 * np.pi / (o.enso_period * 365), 1 / 450
        season = 1 + 0.5 * np.cos(2 * np.pi * (month - 10.5) / 12)  # grows in late year
        keep = np.exp(-days / 30)
        self._burst = keep * self._burst + np.sqrt(1 - keep**2) * self._random.standard_normal()
        keep = np.exp(-days / 400)
        self.flavour = keep * self.flavour + np.sqrt(1 - keep**2) * self._random.standard_normal()
        wind = 0.011 * o.enso_noise * self._burst * (1 + o.enso_skewness * self.surface)
        t, h = self.surface, self.recharge
        self.surface += days * (season * (omega * h + wind) - damping * t - 0.0008 * t**3)
        self.recharge += days * (-omega * self.surface - damping * h)
        return self.surface, self.recharge, self.flavour


def surface_maps(geography: Geography) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Surface warming per °C of T, and its change per unit of flavour, both [H, W]."""
    lat, lon = np.meshgrid(geography.grid.latitude, geography.grid.longitude, indexing="ij")
    pacific = np.isin(basin_of(lat, lon), [BASINS.index("North Pacific"), 5])
    east = lon % 360
    narrow = np.exp(-(((lat + 0.5) / (6.5 + 3 * np.exp(-(((east - 280) / 20) ** 2)))) ** 2))
    reach = 1 / (1 + np.exp(-(east - 188) / 8))
    tongue = pacific * narrow * reach
    horseshoe = (
        -0.35
        * pacific
        * np.exp(-(((np.abs(lat) - 20) / 9) ** 2))
        * (1 / (1 + np.exp((east - 190) / 12)))
    )
    north = pacific * (
        -0.55 * np.exp(-(((lat - 38) / 8) ** 2) - ((east - 190) / 28) ** 2)
        + 0.5 * np.exp(-(((lat - 48) / 14) ** 2) - ((east - 232) / 16) ** 2)
    )
    south = -0.35 * pacific * np.exp(-(((lat + 42) / 9) ** 2) - ((east - 205) / 28) ** 2)
    southeast = 0.35 * pacific * np.exp(-(((lat + 60) / 8) ** 2) - ((east - 250) / 25) ** 2)
    indian = 0.30 * (basin_of(lat, lon) == BASINS.index("Indian")) * np.exp(-((lat / 16) ** 2))
    atlantic = (
        (basin_of(lat, lon) == BASINS.index("North Atlantic"))
        * 0.35
        * np.exp(-(((lat - 14) / 8) ** 2))
    )
    maps = 2.1 * tongue + horseshoe + north + south + southeast + indian + atlantic
    flavour = (
        pacific
        * narrow
        * 0.35
        * (np.exp(-(((east - 260) / 18) ** 2)) - np.exp(-(((east - 195) / 18) ** 2)))
    )
    return maps * geography.ocean[0], flavour * geography.ocean[0]


def heave_maps(geography: Geography) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres of thermocline deepening per °C of T (a tilt) and of H (a recharge), both [H, W]."""
    lat, lon = np.meshgrid(geography.grid.latitude, geography.grid.longitude, indexing="ij")
    pacific = np.isin(basin_of(lat, lon), [BASINS.index("North Pacific"), 5])
    east = lon % 360
    equator = np.exp(-((lat / 6) ** 2))
    # West of the date line the thermocline rises with a lobe either side of the equator.
    lobes = np.exp(-(((np.abs(lat) - 5) / 5) ** 2))
    eastern = 1 / (1 + np.exp(-(east - 205) / 12))
    tilt = pacific * (16 * equator * eastern - 15 * lobes * (1 - eastern))
    recharge = pacific * 9 * np.exp(-((lat / 8) ** 2))
    return tilt * geography.ocean[0], recharge * geography.ocean[0]
