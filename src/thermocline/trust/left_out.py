"""Exact forecasts of each group of observations from the others, without a second analysis.

With S the covariance of the innovations y and w = S⁻¹ y, the group g left out is forecast as

    m_g = y_g − (S⁻¹)_gg⁻¹ w_g,    with error variance (S⁻¹)_gg⁻¹

(Dubrule, 1983, for groups of one). Groups are analysed as if they had never been observed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forecast:
    """Of every observation from the groups that it is not of: mean [p] and variance [p].

    The variance is that of y − mean: it has the observation's own error in it.
    """

    mean: Array
    variance: Array


def leave_out(y: Array, covariance: Array, group: NDArray[np.int64]) -> Forecast:
    """Forecasts of y [p] with the covariance S [p, p], each group [p] from all the others."""
    inverse = np.linalg.inv(covariance)
    weight = inverse @ y
    mean, variance = np.empty_like(y), np.empty_like(y)
    order = np.argsort(group, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        block = np.linalg.inv(inverse[np.ix_(own, own)])
        mean[own] = y[own] - block @ weight[own]
        variance[own] = np.diag(block)
    return Forecast(mean, variance)
