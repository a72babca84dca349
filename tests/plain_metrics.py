"""Errors of a field against the truth: area-weighted, land-free, in the unit of the field.

All functions take a `weight` that is 0 on land; what stands there (NaN too) is never read.
Weights are cell areas: every level counts as one layer, whatever its thickness, so that the
score of a state [C, H, W] is over all ocean cells of all levels. This is the one definition
every RMSE, bias, MAE, correlation and CRPS of the scoreboard follows; only the three published
mean squared errors are un-weighted, as their authors have them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData


def weighted_mean(values: ArrayLike, weight: ArrayLike) -> float:
    """Σ w v / Σ w over all cells; shapes broadcast.

    Raises:
        BadData: if no cell has a positive weight, or a weighted cell is not finite.
    """
    values, weight = np.broadcast_arrays(
        np.asarray(values, np.float64), np.asarray(weight, np.float64)
    )
    wet = weight > 0
    if not wet.any():
        raise BadData("no cell to score: every weight is 0", where="metrics")
    chosen = values[wet]
    if not np.isfinite(chosen).all():
        count = int((~np.isfinite(chosen)).sum())
        raise BadData(
            f"{count} of {chosen.size} scored cells are not finite",
            where="metrics",
            fix="give weight 0 to land and to cells without truth",
        )
    return float(np.sum(chosen * weight[wet]) / np.sum(weight[wet]))


def rmse(estimate: NDArray, truth: NDArray, weight: NDArray) -> float:
    """Root of the weighted mean squared error."""
    return float(np.sqrt(weighted_mean((estimate - truth) ** 2, weight)))


def bias(estimate: NDArray, truth: NDArray, weight: NDArray) -> float:
    """Weighted mean of estimate − truth."""
    return weighted_mean(estimate - truth, weight)


def mae(estimate: NDArray, truth: NDArray, weight: NDArray) -> float:
    """Weighted mean absolute error."""
    return weighted_mean(np.abs(estimate - truth), weight)


def correlation(estimate: NDArray, truth: NDArray, weight: NDArray) -> float:
    """Weighted Pearson correlation (centred); 0 where either field is constant."""
    a = estimate - weighted_mean(estimate, weight)
    b = truth - weighted_mean(truth, weight)
    scale = np.sqrt(weighted_mean(a * a, weight) * weighted_mean(b * b, weight))
    return weighted_mean(a * b, weight) / float(scale) if scale > 0 else 0.0


def published_mse(
    error: NDArray, observed: NDArray, ocean: NDArray, density: float
) -> tuple[float, float, float]:
    """The three published scores of sparse reconstruction (ReconMOST, 2025), in squared units.

    Args:
        error: estimate − truth [C, H, W], °C.
        observed: the cells that guided the estimate [C, H, W].
        ocean: sea water [C, H, W].
        density: the fraction of cells that guide, 0.075 in the publication.

    Returns:
        (guidance, reconstruction, total): the un-weighted mean squared error on the observed
        ocean cells, on all other ocean cells, and density·guidance + (1−density)·reconstruction.
        NaN where there is no such cell.
    """
    squared = np.where(ocean, error, 0.0).astype(np.float64) ** 2
    guidance = _mean_where(squared, observed & ocean)
    reconstruction = _mean_where(squared, ~observed & ocean)
    return guidance, reconstruction, total_mse(guidance, reconstruction, density)


def total_mse(guidance: float, reconstruction: float, density: float) -> float:
    """density·guidance + (1 − density)·reconstruction: the published total."""
    return density * guidance + (1 - density) * reconstruction


def _mean_where(values: NDArray, chosen: NDArray) -> float:
    return float(values[chosen].mean()) if chosen.any() else float("nan")
