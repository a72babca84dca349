"""The sea around each cell: Gaussian means and the gradient of a field there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.features import gradient_per_block

FINE, COARSE = 0.2, 0.5
"""Standard deviations of Gaussian means, in blocks: about a cell, and half a block."""
REACH = 3.0
"""Standard deviations to which Gaussians reach."""
MIN_GRADIENT = 1e-6
"""Smallest |∇field| that is told from others, °C a block."""


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


def by_gradient(
    gradient_magnitude: NDArray, nodes: Sequence[float], values: Sequence[float]
) -> NDArray[np.float64]:
    """Values at some gradient magnitudes, interpolated in their logarithm, constant beyond them."""
    log = lambda slope: np.log(np.maximum(slope, MIN_GRADIENT))
    return np.asarray(np.interp(log(gradient_magnitude), log(nodes), values))


def gradient_around(mean: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    """Root mean square of |∇mean| over the sea around each cell [H, W], °C a block."""
    square = around(gradient_per_block(mean, problem) ** 2, problem, COARSE)
    return np.sqrt(np.maximum(square, 0))
