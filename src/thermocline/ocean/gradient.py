"""Gradients on the sphere that do not look across a coast.

    ∂T/∂x = ΔT / (R cos φ Δλ),     ∂T/∂y = ΔT / (R Δφ)

Differences are centred where both neighbours are sea and one-sided where one is; where neither
is, nothing is known and the slope is 0. Columns are neighbours round the globe where they close
the circle. The columns of a row at a pole are one point, with no slope along it. What stands on
land is not read.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Mask
from thermocline.ocean.sphere import EARTH_RADIUS


def gradient(field: NDArray, grid: LatLonGrid, ocean: Mask) -> tuple[NDArray, NDArray]:
    """Eastward and northward derivative of `field` [..., H, W], per km; NaN on land.

    Args:
        field: anything on the cells of `grid`; single or double precision is kept.
        ocean: where there is sea [H, W].
    """
    radius = EARTH_RADIUS / 1000
    turn = np.diff(grid.longitude, append=grid.longitude[0] + 360)
    if not grid.periodic:
        turn[np.argmax(turn)] = 0  # the way round, outside of the region
    circle = np.where(np.abs(grid.latitude) < 90, np.cos(np.radians(grid.latitude)), 0)
    east = radius * circle[:, None] * np.radians(turn)
    north = radius * np.radians(np.diff(grid.latitude, append=grid.latitude[-1]))
    field = np.asarray(field, np.result_type(field, np.float32))
    along = _slope(field.swapaxes(-1, -2), ocean.T, north).swapaxes(-1, -2)
    return _slope(field, ocean, east), along


def gradient_magnitude(field: NDArray, grid: LatLonGrid, ocean: Mask) -> NDArray:
    """|∇field| [..., H, W] per km (K/km of a temperature in °C); NaN on land. See `gradient`."""
    return np.hypot(*gradient(field, grid, ocean))


def _slope(field: NDArray, ocean: Mask, step: NDArray) -> NDArray:
    """Rise over run to the neighbours on the last axis; `step` 0 leads nowhere."""
    joined = ocean & np.roll(ocean, -1, axis=-1) & (step > 0)
    rise = np.where(joined, np.roll(field, -1, axis=-1) - field, 0)
    run = np.where(joined, step, 0).astype(field.dtype)
    rise, run = rise + np.roll(rise, 1, axis=-1), run + np.roll(run, 1, axis=-1)
    return np.where(ocean, rise / np.where(run > 0, run, 1), np.nan).astype(field.dtype)
