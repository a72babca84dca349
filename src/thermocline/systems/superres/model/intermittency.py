"""Details that are strong in some places and weak in others, elsewhere in each member.

    p' = B p + A·(p − B p),     A = exp(v·ξ − v²)

B is a Gaussian mean over the sea around each cell, ξ a Gaussian field of unit variance that is as
smooth. The mean's errors have heavier tails than a Gaussian's: at small scales most of the sea has
next to none, and a few fronts have all. A gives each member quiet places and lively ones, and keeps
the mean square of its details, as E[A²] = 1. What they have in common with B p counts by E[A] < 1,
so that a member's whole spread is some 3 % less with v = 0.7. v = 0 changes nothing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import COARSE, REACH, around


def intermittent(
    departures: NDArray, noise: NDArray, strength: float, problem: LowResolution
) -> NDArray:
    """p' of departures p [M, H, W], given white noise of that shape; `strength` is v."""
    smooth = around(departures, problem, COARSE)
    amplitude = np.exp(strength * _smoothed(noise, problem.factor) - strength**2)
    return smooth + amplitude * (departures - smooth)


def _smoothed(noise: NDArray, factor: int) -> NDArray[np.float64]:
    """White noise [M, H, W] made smooth, of unit variance everywhere, as opposite sides meet."""
    width = factor * COARSE
    kernel = {"sigma": width, "mode": "wrap", "truncate": REACH}
    variance = 1.0
    for cells in noise.shape[-2:]:
        impulse = np.zeros(cells)
        impulse[0] = 1
        variance *= float(np.square(gaussian_filter1d(impulse, **kernel)).sum())
    smooth = gaussian_filter(noise.astype(np.float64), axes=(-2, -1), **kernel)
    return smooth / np.sqrt(variance)
