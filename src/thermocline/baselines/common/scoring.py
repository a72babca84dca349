"""Scores for tuning; those of the scoreboard are in `verify`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.crps import crps_gaussian
from thermocline.ocean.problem import Analysis

LEAST_STD = 1e-9

Case = tuple[AnomalyProblem, NDArray[np.float32]]
"""A problem and its truth [C, H, W], in normalised anomalies."""


def weighted_rmse(mean: NDArray, truth: NDArray, weight: NDArray) -> float:
    """Root of the weighted mean square of mean − truth; `weight` is 0 where it does not count."""
    error = np.asarray(mean, dtype=np.float64) - truth
    return float(np.sqrt((weight * error**2).sum() / weight.sum()))


def gaussian_crps(mean: NDArray, std: NDArray, truth: NDArray) -> NDArray[np.float64]:
    """CRPS of N(mean, std²) at truth, cell by cell; `std` is at least `LEAST_STD`."""
    return crps_gaussian(mean, np.maximum(np.asarray(std, np.float64), LEAST_STD), truth)


def weighted_crps(analysis: Analysis, truth: NDArray, weight: NDArray) -> float:
    """Weighted mean CRPS of a Gaussian analysis; of a point estimate, the absolute error."""
    if analysis.std is None:
        score = np.abs(analysis.mean - truth).astype(np.float64)
    else:
        score = gaussian_crps(analysis.mean, analysis.std, truth)
    return float((weight * score).sum() / weight.sum())


def weight_of(problem: AnomalyProblem, area: NDArray) -> NDArray[np.float64]:
    """Weights [C, H, W]: `area`, of shape [H, W] or [C, H, W], at sea, and 0 on land."""
    return np.where(problem.ocean, area, 0.0)


def mean_over(scores: Sequence[float]) -> float:
    """Mean over cases, with equal weights."""
    return float(np.mean(scores))
