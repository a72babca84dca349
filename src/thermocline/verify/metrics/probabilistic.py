"""Scores of distributions: CRPS, and spread against skill.

CRPS(F, y) = E|X − y| − ½ E|X − X'| with X, X' independent draws from F (Gneiting & Raftery,
2007, JASA). For an ensemble of n members two estimates are in use, which differ in the second
term only: the *standard* one divides Σᵢⱼ|xᵢ − xⱼ| by 2n² and punishes small ensembles; the *fair*
one divides by 2n(n−1) and is unbiased for the distribution the members are drawn from (Ferro,
2014, QJRMS). Hence fair = standard − Σᵢⱼ|xᵢ − xⱼ| / (2n²(n−1)). Ours is the fair one.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.crps import crps_gaussian

__all__ = ["crps_ensemble", "crps_gaussian", "spread_skill"]


def crps_ensemble(members: NDArray, truth: NDArray) -> NDArray[np.float64]:
    """Fair CRPS of an ensemble [M, ...] at every cell of `truth` [...], unit of the field.

    One member is a point forecast, and its CRPS the absolute error.
    """
    count = members.shape[0]
    ordered = np.sort(members.astype(np.float64), axis=0)
    accuracy = np.abs(ordered - truth).mean(axis=0)
    if count == 1:
        return accuracy
    # Σ_{i<j} (x_(j) − x_(i)) = Σ_i (2i − n − 1) x_(i), i = 1…n
    rank = 2.0 * np.arange(1, count + 1) - count - 1
    return accuracy - np.tensordot(rank, ordered, axes=(0, 0)) / (count * (count - 1))


def spread_skill(mean_variance: float, mean_squared_error: float, members: int | None) -> float:
    """√(1 + 1/n) · √(mean variance) / RMSE of the mean; 1 for a calibrated forecast.

    The factor accounts for the mean of n members being itself uncertain (Fortin et al., 2014, J.
    Hydrometeorology); the variance is the unbiased one (n − 1). For a stated distribution
    (`members` None) the factor is 1. NaN if the error is 0.
    """
    if mean_squared_error <= 0:
        return float("nan")
    factor = 1.0 if members is None else 1.0 + 1.0 / members
    return float(np.sqrt(factor * mean_variance / mean_squared_error))
