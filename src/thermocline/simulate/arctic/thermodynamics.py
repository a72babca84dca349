"""Growth and melt: ice without heat capacity (Semtner, 1976) on a mixed layer of water.

    surface of ice:   λ (T_air − T) + a S + k (T_f − T)/h = 0,   T ≤ 0; the rest melts
    base:             ρL dh/dt = k (T_f − T)/h − heat from the water
    water:            ρ_w c D dT_w/dt = (1 − A) (λ_w (T_air − T_w) + S_w) + Q − heat to the ice

Water below its freezing point becomes new ice in the leads. Melt takes thickness and area.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.configuration import Ice
from thermocline.simulate.arctic.forcing import Forcing

FREEZING = -1.8  # °C
LATENT = 3.0e8  # J per m³ of ice
CONDUCTIVITY = 2.0  # W m-1 K-1
EXCHANGE, WATER_EXCHANGE = 16.0, 22.0  # W m-2 K-1
SNOW_SHARE, SNOW_MOST = 0.3, 0.5  # snow insulates like so much ice: a share of it, m
WATER_ABSORBS = 0.52
TO_ICE = 90.0  # W m-2 K-1 from water to ice
KEELS, LEVEL = 1.5, 3.0  # W m-2 from deeper water to each metre of ice beyond LEVEL, m
WATER_HEAT = 4.1e6  # J m-3 K-1
THINNEST = 0.10  # m: thinner ice gathers on less area
MIN_CONCENTRATION = 0.02  # of a cell: less ice is none


@dataclass(frozen=True, eq=False)
class Column:
    """What stands in a cell: volume per area (m), area (fraction), water's temperature (°C)."""

    volume: NDArray[np.float64]
    area: NDArray[np.float64]
    water: NDArray[np.float64]


def grow_and_melt(
    column: Column, forcing: Forcing, mixed_layer: NDArray, ice: Ice, step: float
) -> tuple[Column, NDArray[np.float64]]:
    """The column after `step` seconds, and the area of new ice.

    Args:
        column: now, each [H, W].
        forcing: of the air and the ocean.
        mixed_layer: its depth [H, W], m.
        ice: parameters.
        step: seconds.
    """
    volume, area, water = column.volume, column.area, column.water
    covered = area > 0
    thickness = np.where(covered, volume / np.where(covered, area, 1), 0)
    melt, growth = _surface(thickness, forcing, ice)
    to_ice = TO_ICE * np.maximum(water - FREEZING, 0)
    keels = KEELS * np.maximum(thickness - LEVEL, 0)
    gain = area * step / LATENT * (growth - melt - to_ice - keels)
    lost = np.minimum(np.maximum(-gain, 0), volume)
    after = np.maximum(volume + gain, 0)
    share = lost / np.where(covered, np.maximum(volume, 1e-9), 1)
    area = area * (1 - ice.lateral * share)
    capacity = WATER_HEAT * mixed_layer
    air = WATER_EXCHANGE * (forcing.air - water) + WATER_ABSORBS * forcing.sun
    heat = (1 - column.area) * air + forcing.ocean_heat - column.area * to_ice
    water = water + step / capacity * heat
    frozen = np.maximum(FREEZING - water, 0) * capacity / LATENT
    water = np.maximum(water, FREEZING)
    new = np.minimum(frozen / ice.new_ice, 1 - area)
    area, after = area + new, after + frozen
    area = np.minimum(area, after / THINNEST)
    none = area < MIN_CONCENTRATION
    return Column(np.where(none, 0, after), np.where(none, 0, area), water), new


def _surface(thickness: NDArray, forcing: Forcing, ice: Ice) -> tuple[NDArray, NDArray]:
    """Heat that melts the surface, and that leaves through the ice, both W m-2."""
    snow = np.minimum(SNOW_SHARE * thickness, SNOW_MOST)
    conduct = CONDUCTIVITY / np.maximum(thickness + snow, 0.05)
    gain = EXCHANGE * forcing.air + ice.absorbed * forcing.sun
    surface = np.minimum((gain + conduct * FREEZING) / (EXCHANGE + conduct), 0)
    through = conduct * (FREEZING - surface)
    melt = np.maximum(gain - EXCHANGE * surface + through, 0) * (surface == 0)
    return melt, through
