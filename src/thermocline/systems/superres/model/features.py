"""Predictors of the size of an upsampling's error."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from thermocline.baselines.downscaling.upsampling import fill_land
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.problem import Analysis
from thermocline.ocean.sphere import EARTH_RADIUS


class Features(NamedTuple):
    """Predictors, each [H, W] in °C; `std` is 0 if the first guess states no error."""

    gradient_magnitude: NDArray[np.float64]
    bend: NDArray[np.float64]
    std: NDArray[np.float64]


def features(problem: LowResolution, first_guess: Analysis) -> Features:
    """|∇first guess| over a block, curvature of the blocks around, and its stated error."""
    ocean = problem.ocean
    slope = gradient_per_block(first_guess.mean[0], problem)
    variance = np.zeros(ocean.shape)
    if (
        first_guess.std is not None
    ):  # a noisy estimate in each cell: the variance itself is smoother
        share = uniform_filter(ocean.astype(np.float64), problem.factor, mode="nearest")
        variance = np.where(ocean, first_guess.std[0].astype(np.float64), 0) ** 2
        variance = uniform_filter(variance, problem.factor, mode="nearest") / np.maximum(
            share, 0.01
        )
    return Features(slope, bend(problem), np.sqrt(np.where(ocean, variance, 0)))


def gradient_per_block(field: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    """|∇field| of a field [H, W], °C a block; 0 on land."""
    grid = problem.grid
    block = EARTH_RADIUS / 1000 * np.radians(problem.factor * np.diff(grid.latitude).mean())
    slope = gradient_magnitude(field.astype(np.float64), grid, problem.ocean) * block
    return np.nan_to_num(slope)


def bend(problem: LowResolution) -> NDArray[np.float64]:
    """Root mean square second difference of the blocks around each cell [H, W], °C.

    It is 0 for a plane, whatever its land (up to rounding), and continuous.
    """
    filled = fill_land(problem.value - np.nanmean(problem.value))
    square, count = np.zeros_like(filled), np.zeros_like(filled)
    for axis in (0, 1):
        if filled.shape[axis] > 2:
            inner = [slice(None), slice(None)]
            inner[axis] = slice(1, -1)
            square[tuple(inner)] += np.diff(filled, 2, axis=axis) ** 2
            count[tuple(inner)] += 1
    around = lambda field: uniform_filter(field, 5, mode="constant")
    mean = around(square) / np.maximum(around(count), 1e-9)
    cells = mean.repeat(problem.factor, axis=0).repeat(problem.factor, axis=1)
    return np.sqrt(np.maximum(uniform_filter(cells, problem.factor, mode="nearest"), 0))


def squares_of(seen: Features) -> NDArray[np.float64]:
    """Squares of a constant and of each feature, [H, W, K]."""
    return np.stack([np.ones_like(seen.bend), *(feature**2 for feature in seen)], axis=-1)
