"""The sea around each cell: Gaussian means over it, and how steep a field is there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.features import steepness

FINE, COARSE = 0.2, 0.5
"""Standard deviations of Gaussian means, in blocks: about a cell, and half a block."""
REACH = 3.0
"""Standard deviations to which Gaussians reach."""
FLAT = 1e-6
"""°C a block, below which nothing is steeper than anything else."""


def around(field: NDArray, problem: LowResolution, width: float) -> NDArray:
    """Gaussian means over the sea around each cell, of a field [..., H, W]; `width` in blocks."""
    grid, ocean = problem.grid, problem.ocean
    mode = ("nearest", "wrap" if grid.periodic else "nearest")
    blur = lambda x: gaussian_filter(
        x, problem.factor * width, mode=mode, truncate=REACH, axes=(-2, -1)
    )
    share = blur(ocean.astype(field.dtype))
    return np.where(ocean, blur(np.where(ocean, field, 0)) / np.maximum(share, 1e-6), 0)


def sea_weight(problem: LowResolution) -> NDArray[np.float64]:
    """Areas of the n cells of sea over their mean [n]."""
    area = problem.grid.cell_area()[problem.ocean]
    return np.asarray(area / area.mean())


def by_steepness(
    steepness: NDArray, known: Sequence[float], values: Sequence[float]
) -> NDArray[np.float64]:
    """Values known at some steepnesses, interpolated in their logarithm and held beyond."""
    log = lambda slope: np.log(np.maximum(slope, FLAT))
    return np.asarray(np.interp(log(steepness), log(known), values))


def steepness_around(mean: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    """Root mean square of |∇mean| over the sea around each cell [H, W], °C a block."""
    square = around(steepness(mean, problem) ** 2, problem, COARSE)
    return np.sqrt(np.maximum(square, 0))
