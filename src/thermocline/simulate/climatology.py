"""The mean ocean: T(month, z, φ, λ) before currents and weather act on it.

    T = T_deep + (T_surface − T_deep) g(z̃) + seasonal(z, month),   z̃ = depth below the mixed layer
    g(z̃) = a S((z̃ − z_t)/w) + (1 − a) exp(−z̃/H)

a sharp main thermocline of thickness w at z_t on top of a slow decay. Tables by latitude are the
author's round numbers for a zonal-mean ocean; east–west structure follows the place in the basin.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter

from thermocline.ocean.basins import basin_of
from thermocline.simulate.configuration import Ocean
from thermocline.simulate.geography import Geography

_LATITUDE = (-90, -70, -60, -50, -40, -30, -20, -10, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90)


def _by_latitude(*values: float) -> PchipInterpolator:
    return PchipInterpolator(_LATITUDE, values)


SURFACE = _by_latitude(
    -1.7, -1.5, 0.2, 5.2, 13.0, 21.0, 25.2, 26.8, 27.0, 27.6, 26.3, 22.2, 14.2, 7.6, 4.2, 0.9,
    -1.5, -1.7,
)  # fmt: skip
DEEP = _by_latitude(
    -0.5, 0.3, 0.9, 1.6, 2.4, 2.9, 3.4, 3.8, 3.8, 3.9, 3.9, 3.5, 2.8, 2.2, 1.8, 0.1, -0.3, -0.4
)
SEASON = _by_latitude(
    0.1, 0.5, 1.3, 2.1, 3.1, 3.2, 2.4, 1.4, 0.7, 1.2, 2.3, 3.7, 4.8, 4.0, 3.0, 1.8, 0.5, 0.1
)
THERMOCLINE = _by_latitude(
    60, 70, 85, 125, 200, 230, 190, 140, 90, 115, 180, 230, 180, 110, 85, 70, 70, 60
)
THICKNESS = _by_latitude(
    60, 80, 140, 180, 170, 140, 95, 60, 48, 60, 95, 140, 170, 150, 100, 80, 60, 60
)
SHARP_SHARE = _by_latitude(
    0.2, 0.2, 0.25, 0.3, 0.3, 0.35, 0.45, 0.55, 0.6, 0.55, 0.45, 0.35, 0.3, 0.25, 0.2, 0.2, 0.2, 0.2
)
WINTER_LAYER = _by_latitude(
    50, 80, 120, 170, 140, 90, 65, 50, 40, 45, 60, 100, 140, 160, 150, 90, 50, 50
)
SUMMER_LAYER = _by_latitude(25, 30, 45, 55, 35, 26, 26, 32, 34, 30, 26, 22, 20, 22, 25, 25, 20, 20)


class Climatology:
    """Mean state of one ocean on one geography."""

    def __init__(self, ocean: Ocean, geography: Geography):
        self._ocean = ocean
        self._latitude = geography.grid.latitude[:, None]
        wet = geography.ocean[0].astype(float)
        raw = gaussian_filter(geography.across * wet, (1.0, 0.7), mode=("nearest", "wrap"))
        share = gaussian_filter(wet, (1.0, 0.7), mode=("nearest", "wrap"))
        self._east = np.where(share > 0.05, raw / np.maximum(share, 0.05), 0.5) - 0.5
        self._tropics = np.exp(-((self._latitude / 16) ** 2))
        self._equator = np.exp(-((self._latitude / 5) ** 2))
        self._equator_wide = np.exp(-((self._latitude / 10) ** 2))
        self._subtropics = np.exp(-(((np.abs(self._latitude) - 27) / 14) ** 2))
        lat, lon = np.meshgrid(geography.grid.latitude, geography.grid.longitude, indexing="ij")
        atlantic = np.isin(basin_of(lat, lon), [1, 2])
        self._atlantic = gaussian_filter(atlantic.astype(float), 1.0, mode=("nearest", "wrap"))
        self._north = 1 / (1 + np.exp(-(self._latitude - 45) / 5))

    def mixed_layer(self, month: float) -> NDArray[np.float64]:
        """Depth of the mixed layer [H, W] in metres; `month` is 0…12 from 1 January."""
        lat = self._latitude
        summer, winter = SUMMER_LAYER(lat), WINTER_LAYER(lat)
        # Deepest in early March north of the equator, six months later south of it.
        phase = np.cos(2 * np.pi * (month - 2.2) / 12) * np.tanh(lat / 8)
        share = ((1 + phase) / 2) ** 2
        depth = summer + (winter - summer) * share
        return self._ocean.mixed_layer * depth * (1 - 0.5 * self._tropics * self._east)

    def surface(self) -> NDArray[np.float64]:
        """Annual-mean surface temperature [H, W] without currents, °C."""
        lat = self._latitude
        mean = SURFACE(lat) + self._ocean.surface_shift * self._subtropics
        tilt = -4.5 * self._tropics - 3.0 * self._subtropics + 4.5 * self._north
        cold_tongue = -1.8 * self._equator * np.clip(self._east + 0.1, 0, 1)
        return np.maximum(mean + tilt * self._east + cold_tongue, -1.7)

    def thermocline_depth(self) -> NDArray[np.float64]:
        """Depth of the main thermocline below the mixed layer [H, W], metres."""
        lat = self._latitude
        shoal = 1 - 0.5 * self._equator_wide * self._atlantic  # the Atlantic's is shallow
        tilt = 1 - 1.3 * (self._tropics + 0.35 * self._subtropics) * self._east
        return self._ocean.thermocline * THERMOCLINE(lat) * np.clip(tilt, 0.3, 1.8) * shoal

    def seasonal(self, month: float, z: NDArray) -> NDArray[np.float64]:
        """Seasonal departure [..., H, W] at depths z [..., 1, 1]: damped and delayed downward."""
        lat = self._latitude
        west = 1 - 0.7 * self._east * (1 - self._tropics)
        amplitude = self._ocean.seasonality * SEASON(lat) * west
        below = np.maximum(z - 0.8 * self.mixed_layer(month), 0)
        peak = 8.1 + below / 45
        phase = np.cos(2 * np.pi * (month - peak) / 12) * np.tanh(lat / 6)
        cycle = amplitude * np.exp(-below / 40) * phase
        spring = 0.7 * self._equator * np.clip(self._east + 0.2, 0, 1)
        return cycle + 2 * spring * np.cos(2 * np.pi * (month - 3.2) / 12) * np.exp(-z / 60)

    def temperature(self, month: float, z: NDArray) -> NDArray[np.float64]:
        """Temperature [D, H, W] in °C at `month` (0…12) and depths z [D] in metres."""
        z = np.asarray(z, dtype=np.float64)[:, None, None]
        lat = self._latitude
        below = np.maximum(z - self.mixed_layer(month), 0)
        centre = self.thermocline_depth()
        width = self._ocean.sharpness * THICKNESS(lat)
        sharp = (1 - np.tanh((below - centre) / width)) / (1 + np.tanh(centre / width))
        share = SHARP_SHARE(lat)
        decay = share * sharp + (1 - share) * np.exp(-below / (1.9 * centre + 190))
        deep = DEEP(lat) + 0.8 * self._north * self._east
        field = deep + (self.surface() - deep) * decay + self.seasonal(month, z)
        return _above_freezing(field)


def _above_freezing(field: NDArray) -> NDArray[np.float64]:
    """Temperatures bent smoothly to stay above the freezing point of sea water, −1.8 °C."""
    return -1.8 + np.logaddexp(0, (field + 1.8) / 0.25) * 0.25
