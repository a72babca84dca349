"""How far apart two distributions of values are, whatever the places of the values.

The 1-Wasserstein distance of two distributions on the line is the area between their distribution
functions, ∫ |F − G| dx: the mean shift, in the unit of the variable, that makes one the other.
Bounded variables have atoms, exact zeros and ones, that a smooth generator spreads over their
neighbourhood at nearly no distance: their shares are reported beside it.

Of pairs of variables, such as thickness and drift speed, the total variation ½ Σ |p − q| of their
joint histograms is 0 for the same and 1 for disjoint distributions. From N independent values it
is about Σ √(p / (π N)) too large (both sets of N); compare it with that of two sets of real states.

Cells count by `weight` [H, W], their area, 0 on land; what stands there is not read.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


@dataclass(frozen=True)
class MarginalDistance:
    """Two sets of values compared.

    Attributes:
        wasserstein: ∫ |F − G| dx, unit of the variable.
        zeros: shares of exact zeros, in the first set and in the second.
        ones: shares of exact ones.
    """

    wasserstein: float
    zeros: tuple[float, float]
    ones: tuple[float, float]


def marginal_distance(first: NDArray, second: NDArray, weight: NDArray) -> MarginalDistance:
    """Compare one variable of two sets of states [N, H, W] and [M, H, W].

    Raises:
        BadData: for a missing value where the weight is positive.
    """
    (x, w), (y, v) = _weighted(first, weight), _weighted(second, weight)
    zeros, ones = ((float(w[x == atom].sum()), float(v[y == atom].sum())) for atom in (0.0, 1.0))
    return MarginalDistance(wasserstein(x, y, w, v), zeros, ones)


def wasserstein(
    first: NDArray, second: NDArray, weight: NDArray | None = None, other: NDArray | None = None
) -> float:
    """∫ |F − G| dx of values [N] and [M] with weights [N] and [M] (all alike by default)."""
    w = np.full(first.size, 1.0) if weight is None else weight
    v = np.full(second.size, 1.0) if other is None else other
    values = np.concatenate([first, second]).astype(np.float64)
    order = np.argsort(values)
    gap = np.cumsum(np.concatenate([w / w.sum(), -v / v.sum()])[order])
    return float(np.abs(gap[:-1]) @ np.diff(values[order]))


def joint_distance(
    first: tuple[NDArray, NDArray],
    second: tuple[NDArray, NDArray],
    weight: NDArray,
    edges: tuple[NDArray, NDArray],
) -> float:
    """Total variation [0 … 1] of the joint histograms of two variables, in two sets of states.

    Args:
        first: the two variables [N, H, W] of the first set.
        second: the same variables [M, H, W] of the second.
        edges: of the bins of either variable, ascending, in its unit; what is beyond is counted
            in the outermost bins.

    Raises:
        BadData: for a missing value where the weight is positive.
    """
    p, q = (_histogram(pair, weight, edges) for pair in (first, second))
    return float(np.abs(p - q).sum() / 2)


def _histogram(
    pair: tuple[NDArray, NDArray], weight: NDArray, edges: tuple[NDArray, NDArray]
) -> NDArray[np.float64]:
    """Shares of the weight by bin."""
    (x, w), (y, _) = (_weighted(values, weight) for values in pair)
    rows, columns = (np.asarray(e, np.float64) for e in edges)
    x, y = np.clip(x, rows[0], rows[-1]), np.clip(y, columns[0], columns[-1])
    return np.histogram2d(x, y, bins=(rows, columns), weights=w)[0]


def _weighted(states: NDArray, weight: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All sea values of all states, and their weights, which sum to 1."""
    wet = np.asarray(weight) > 0
    values = np.asarray(states, np.float64)[..., wet]
    if not values.size or not np.isfinite(values).all():
        raise BadData(
            "missing values at sea, or none at all",
            where="marginal distributions",
            fix="give a weight of 0 where the states have no value",
        )
    spread = np.broadcast_to(weight[wet], values.shape).ravel()
    return values.ravel(), spread / spread.sum()
