"""Block means of made fields, for tests of downscaling."""

import numpy as np

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid

STEP = 0.25


def low_resolution(truth, ocean, factor, s_y=0.0, seed=None, date="2005-06-15"):
    """Means over the sea of blocks, with errors of s_y (drawn only if there is a seed)."""
    rows, columns = (size // factor for size in ocean.shape)
    by_block = lambda x: x.reshape(rows, factor, columns, factor)
    count = by_block(ocean).sum(axis=(1, 3))
    with np.errstate(invalid="ignore"):
        value = by_block(np.where(ocean, truth, 0.0)).sum(axis=(1, 3)) / count
    s_y = np.broadcast_to(s_y, value.shape)
    if seed is not None:
        value = value + s_y * np.random.default_rng(seed).standard_normal(value.shape)
    grid = LatLonGrid(*(STEP * np.arange(size) - 20 for size in ocean.shape))
    s_y = np.where(count > 0, s_y, 1).astype(np.float32)
    return LowResolution(
        value.astype(np.float32), s_y, ocean, grid, factor, np.datetime64(date), case=date
    )


def plane(rows, columns, a=0.1, b=-0.2):
    """20 + a · row + b · column."""
    y, x = np.mgrid[:rows, :columns]
    return 20 + a * y + b * x


def gaussian_fields(covariance, shape, count, seed):
    """Draws [count, H, W] of a Gaussian field of that covariance and mean 0."""
    row, column = (x.ravel() for x in np.indices(shape))
    matrix = covariance(row[:, None] - row, column[:, None] - column)
    root = np.linalg.cholesky(matrix + 1e-9 * np.eye(row.size))
    draws = np.random.default_rng(seed).standard_normal((count, row.size)) @ root.T
    return draws.reshape(count, *shape)
