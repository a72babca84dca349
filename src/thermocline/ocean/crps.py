"""CRPS of a Gaussian in closed form (Gneiting et al., 2005, MWR, eq. 5)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData


def crps_gaussian(mean: ArrayLike, std: ArrayLike, truth: ArrayLike) -> NDArray[np.float64]:
    """CRPS of N(mean, std²); shapes broadcast, in the field's unit.

    σ·[z(2Φ(z) − 1) + 2φ(z) − 1/√π], z = (y − μ)/σ; where σ = 0 it is |y − μ|.

    Raises:
        BadData: if a standard deviation is negative.
    """
    from scipy.special import ndtr

    mean, std, truth = (np.asarray(a, np.float64) for a in (mean, std, truth))
    if (std < 0).any():
        raise BadData(f"negative standard deviation ({std.min():g})", where="crps_gaussian")
    safe = np.where(std > 0, std, 1.0)
    z = (truth - mean) / safe
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    score = safe * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
    return np.where(std > 0, score, np.abs(truth - mean))
