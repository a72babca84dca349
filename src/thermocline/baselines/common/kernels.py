"""Correlations of distance alone."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

KERNELS: dict[str, Callable[[NDArray], NDArray]] = {
    "gaussian": lambda r: np.exp(-0.5 * r * r),
    "matern32": lambda r: (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
    "exponential": lambda r: np.exp(-r),
}
"""By name: the correlation at a distance, in lengths of the kernel [...]; 1 at distance 0."""
