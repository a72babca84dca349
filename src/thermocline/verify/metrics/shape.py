"""Proper scores of whole fields, which see how cells vary together, as scores of cells cannot.

With members x_k, the truth y and d(a, b) the root of the area-weighted mean square of a − b over a
level, the energy score (Gneiting & Raftery, 2007), fair for a finite number of members, is

    ES = mean_k d(x_k, y) − ½ mean_{k≠l} d(x_k, x_l)

The variogram score of order ½ (Scheuerer & Hamill, 2015), of pairs of cells a few cells apart along
rows and columns, fair likewise, is

    VS = (|Δy|^½ − mean_k |Δx_k|^½)² − var_k |Δx_k|^½ / M

Both have the unit of the field, and less is better. A point estimate is its own only member.
"""

import numpy as np
from numpy.typing import NDArray

LAGS = 1, 2, 4
"""Distances of pairs, in cells."""

Array = NDArray[np.float64]


def forecast_fields(mean: NDArray, std: NDArray | None, members: NDArray | None) -> NDArray | None:
    """The fields [M, …] that are scored: the members, or the mean of a method that is certain.

    None for a method that states a spread and draws no members: its mean alone would be scored as
    if it were certain.
    """
    if members is not None:
        return members
    return mean[None] if std is None else None


def shape_scores(
    truth: NDArray, members: NDArray | None, ocean: NDArray[np.bool_], area: NDArray
) -> dict[str, Array]:
    """`energy` and `variogram`, cell by cell [C, H, W], to be averaged by area over the ocean.

    The energy score is a level's as a whole: all of its cells have the same. A cell's variogram
    score is the mean over the pairs that begin in it. Nothing if there are no `members`.

    Args:
        truth, members: [C, H, W] and [M, C, H, W], without NaN.
        ocean, area: [C, H, W], and of the cells [H, W].
    """
    if members is None:
        return {}
    return {
        "energy": np.broadcast_to(energy(truth, members, ocean * area)[:, None, None], truth.shape),
        "variogram": variogram(truth, members, ocean),
    }


def energy(truth: NDArray, members: NDArray, weight: NDArray) -> Array:
    """ES [C] of fields with weights [C, H, W]; 0 where a level has no weight."""
    share = weight / np.maximum(weight.sum(axis=(1, 2), keepdims=True), 1e-300)
    distance = lambda a, b: np.sqrt((share * (a - b) ** 2).sum(axis=(-2, -1)))
    count = len(members)
    found = np.mean([distance(each, truth) for each in members], axis=0)
    apart = [distance(members[k], members[j]) for k in range(count) for j in range(k)]
    return np.asarray(found - (np.mean(apart, axis=0) / 2 if apart else 0))


def variogram(truth: NDArray, members: NDArray, ocean: NDArray[np.bool_]) -> Array:
    """VS [C, H, W] of the pairs that begin in each cell; 0 where none does."""
    total, pairs = np.zeros(truth.shape), np.zeros(truth.shape)
    for lag in LAGS:
        for axis in (-2, -1):
            if truth.shape[axis] <= lag:
                continue
            along = lambda field, axis=axis: np.moveaxis(field, axis, -1)
            apart, sea = _apart(along(members), lag), along(ocean)
            square = apart.mean(axis=0)  # of |Δ|^½
            mean = np.sqrt(apart, out=apart).mean(axis=0)
            score = (np.sqrt(_apart(along(truth), lag)) - mean) ** 2
            if len(members) > 1:
                score -= (square - mean**2) / (len(members) - 1)
            both = sea[..., lag:] & sea[..., :-lag]
            along(total)[..., :-lag] += np.where(both, score, 0)
            along(pairs)[..., :-lag] += both
    return total / np.maximum(pairs, 1)


def _apart(field: NDArray, lag: int) -> NDArray:
    """|Δ| of cells so far apart along the last axis."""
    found = field[..., lag:] - field[..., :-lag]
    return np.abs(found, out=found)
