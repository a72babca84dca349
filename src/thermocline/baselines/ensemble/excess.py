"""Whether observations vary more than expected: larger errors, or a more variable sea.

    y ~ N(0, S),    S = γ H B Hᵀ + f² R

Errors are f times those stated, and the sea is √γ times as variable as the training states; both
are found by maximum likelihood, together, so that one is not mistaken for the other. In
the eigenvectors of R^-½ H B Hᵀ R^-½ = V Λ Vᵀ it is a sum,

    −2 log L = Σ_i log(γ λ_i + f²) + (vᵢᵀ R^-½ y)² / (γ λ_i + f²) + const,

over a few hundred observations, which determine f to a few per cent.
"""

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from thermocline.baselines.common.observed import Observed
from thermocline.trust.innovations import evenly

MAX_OBSERVATIONS = 600
"""Observations that are looked at: whole columns, evenly spread over all."""
MIN_OBSERVATIONS = 60
"""Fewest observations for an estimate."""
ERRORS = np.geomspace(1, 6, 37)
VARIABILITY = np.geomspace(0.5, 128, 49)
EVIDENCE = 20.0
"""Difference of −2 log L from which f or γ above 1 is believed; χ² of one degree never has it."""
SMALLEST = 1.25
"""A smaller f or √γ is not worth a correction: the covariance is not known that well."""


class Excess(NamedTuple):
    """f and γ; 1 where there is no clear evidence for more."""

    errors: float = 1.0
    variability: float = 1.0


def some(observed: Observed, kept: NDArray[np.bool_]) -> Observed:
    """At most `MAX_OBSERVATIONS` of the observations kept [p]: whole columns, evenly spread."""
    chosen = np.flatnonzero(kept)
    return observed.where(chosen[evenly(observed.column[chosen], MAX_OBSERVATIONS)])


def excess(covariance: NDArray[np.float64], y: NDArray, s_y: NDArray) -> Excess:
    """f and γ of values y [p] with stated errors s_y [p], as far as they are clear.

    Args:
        covariance: H B Hᵀ [p, p], of which the upper triangle is read.
    """
    if y.size < MIN_OBSERVATIONS:
        return Excess()
    signal = covariance / np.outer(s_y, s_y)
    power, vectors = scipy.linalg.eigh(signal, lower=False, check_finite=False)
    square = (vectors.T @ (y / s_y)) ** 2
    variance = VARIABILITY[:, None] * np.maximum(power, 0) + ERRORS[:, None, None] ** 2
    misfit = (np.log(variance) + square / variance).sum(axis=-1)
    return Excess(
        _believed(ERRORS, misfit.min(axis=1), SMALLEST),
        _believed(VARIABILITY, misfit.min(axis=0), SMALLEST**2),
    )


def _believed(factors: NDArray[np.float64], misfit: NDArray[np.float64], least: float) -> float:
    """The factor of least misfit, if it is large and much better than 1."""
    best = int(misfit.argmin())
    gain = np.interp(1.0, factors, misfit) - misfit[best]
    return float(factors[best]) if gain > EVIDENCE and factors[best] > least else 1.0
