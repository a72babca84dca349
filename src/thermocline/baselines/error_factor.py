"""Whether observation errors are larger than stated: the factor f that explains the values best.

    y ~ N(0, S),    S = γ H B Hᵀ + f² R

Both are found by maximum likelihood, γ only so that a sea more variable than the training states is
not taken for bad observations. In the eigenvectors of R^-½ H B Hᵀ R^-½ = V Λ Vᵀ it is a sum,

    −2 log L = Σ_i log(γ λ_i + f²) + (vᵢᵀ R^-½ y)² / (γ λ_i + f²) + const,

over a few hundred observations, which tell f to a few per cent.
"""

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from thermocline.baselines.observed import Observed

MOST = 600
"""Observations that are looked at: whole columns, evenly spread over all."""
LEAST = 60
"""Observations below which nothing is said of their errors."""
FACTORS = np.geomspace(1, 6, 37)
VARIABILITY = np.geomspace(0.5, 8, 17)
EVIDENCE = 20.0
"""Difference of −2 log L from which on f > 1 is believed; χ² of one degree hardly reaches it."""
SMALLEST = 1.25
"""A smaller factor is not worth a correction: the covariance is not known that well."""


def error_factor(
    covariance: NDArray[np.float64], observed: Observed, kept: NDArray[np.bool_]
) -> float:
    """f ≥ 1 by which the stated errors are too small; 1 without clear evidence.

    Args:
        covariance: H B Hᵀ [p, p], of which the upper triangle is read.
        kept: the observations to judge by [p].
    """
    if kept.sum() < LEAST:
        return 1.0
    _, number = np.unique(observed.column[kept], return_inverse=True)
    every = -(-int(kept.sum()) // MOST)
    chosen = np.flatnonzero(kept)[number % every == 0]
    inverse_root = 1 / observed.s_y[chosen]
    signal = covariance[np.ix_(chosen, chosen)] * np.outer(inverse_root, inverse_root)
    power, vectors = scipy.linalg.eigh(signal, lower=False, check_finite=False)
    square = (vectors.T @ (inverse_root * observed.y[chosen])) ** 2
    variance = VARIABILITY[:, None, None] * np.maximum(power, 0) + FACTORS[:, None] ** 2
    misfit = (np.log(variance) + square / variance).sum(axis=-1).min(axis=0)
    best = int(misfit.argmin())
    if misfit[0] - misfit[best] < EVIDENCE or FACTORS[best] < SMALLEST:
        return 1.0
    return float(FACTORS[best])
