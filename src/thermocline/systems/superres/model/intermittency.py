"""Details of members that are strong in some places and weak in others.

    p' = B p + A·(p − B p),     A = exp(v·ξ − v²)

B is a Gaussian mean over the sea around each cell, ξ a Gaussian field of unit variance and the same
smoothness, drawn for each member. Errors of the mean have heavier tails than a Gaussian: at small
scales they are nearly zero in most of the sea and large at a few fronts. A varies the amplitude of
details from place to place and keeps their mean square, as E[A²] = 1. Their covariance with B p is
multiplied by E[A] < 1, so that the spread of members is about 3 % less with v = 0.7. v = 0 changes
nothing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import COARSE, REACH, around


def intermittent(
    perturbations: NDArray, noise: NDArray, strength: float, problem: LowResolution
) -> NDArray:
    """p' of perturbations p [M, H, W] and white noise of that shape; `strength` is v."""
    smooth = around(perturbations, problem, COARSE)
    amplitude = np.exp(strength * _smoothed(noise, problem.factor) - strength**2)
    return smooth + amplitude * (perturbations - smooth)


def _smoothed(noise: NDArray, factor: int) -> NDArray[np.float64]:
    """White noise [M, H, W] smoothed on a torus, of unit variance everywhere."""
    width = factor * COARSE
    kernel = {"sigma": width, "mode": "wrap", "truncate": REACH}
    variance = 1.0
    for cells in noise.shape[-2:]:
        impulse = np.zeros(cells)
        impulse[0] = 1
        variance *= float(np.square(gaussian_filter1d(impulse, **kernel)).sum())
    smooth = gaussian_filter(noise.astype(np.float64), axes=(-2, -1), **kernel)
    return smooth / np.sqrt(variance)
