"""How |∇SST| is distributed: as a histogram that pools, its quantiles, and how far two are apart.

Maps that are too smooth have too few strong gradients, whatever their error. Counts are of cells,
weighted by area, over bins of equal ratio from 10⁻³ to 1 K/km; weaker and stronger gradients are
in the outermost. Files that are rounded to 0.01 °C do not resolve weaker ones in cells of 5 km:
they are 0 there.
"""

import numpy as np
from numpy.typing import NDArray

EDGES = np.geomspace(1e-3, 1.0, 61)
"""Of the bins [61], K/km: twenty a decade."""


def histogram(gradient: NDArray, weight: NDArray) -> NDArray[np.float64]:
    """Σ weight [60] by bin of gradients [..., H, W]; `weight` [H, W] is 0 on land."""
    wet = weight > 0
    inside = np.clip(gradient[..., wet], EDGES[0], EDGES[-1] * (1 - 1e-12))
    bins = np.searchsorted(EDGES, inside, side="right") - 1
    spread = np.broadcast_to(weight[wet], inside.shape)
    found = np.bincount(bins.ravel(), weights=spread.ravel(), minlength=EDGES.size - 1)
    return found.astype(np.float64)


def quantile(counts: NDArray, q: float) -> float:
    """The gradient, K/km, that a share `q` of the counts is below (in log, within a bin)."""
    share = np.concatenate([[0.0], np.cumsum(counts)])
    share /= share[-1]  # 1 at the end, whatever the rounding of another order of the sum
    last = int(np.searchsorted(share, max(q, np.finfo(float).tiny)))
    within = (q - share[last - 1]) / (share[last] - share[last - 1])
    low, high = np.log(EDGES[last - 1 : last + 1])
    return float(np.exp(low + within * (high - low)))


def distance(counts: NDArray, truth: NDArray) -> float:
    """Mean shift, in decades, that makes one distribution the other (Wasserstein-1 of log₁₀).

    0.3 is a factor of two: what a map has whose gradients are all half of the truth's.
    """
    share, other = (np.cumsum(c) / c.sum() for c in (counts, truth))
    return float(np.abs(share - other).sum() * np.log10(EDGES[1] / EDGES[0]))
