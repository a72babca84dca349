"""Observations that cannot be true, and errors larger than stated, by the ensemble OI's covariance.

Three questions, in this order:

1. Is a value further from the climatology than any plausible one?
2. Do the other observations contradict it, or its whole water column? (see `left_out`)
3. Are the errors larger than stated? (see `error_factor`) If so, question 2 is asked again.

A background check and a buddy check in the words of operational centres (Lorenc & Hammon, 1988).
Deviations are measured in robust standard deviations of the observations themselves where these
are many, so that a model that suits the sea badly does not call every observation wrong.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.cholesky import factorise, invert, solve
from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.baselines.error_factor import error_factor
from thermocline.baselines.left_out import LIMIT, LeftOut, robust_scale
from thermocline.baselines.observed import Observed
from thermocline.ocean.problem import Mask, Problem


@dataclass(frozen=True, eq=False)
class Screened:
    """What the checks found.

    Attributes:
        implausible: too far from the climatology [C, H, W].
        contradicted: too far from what the other observations say [C, H, W].
        error_factor: what the stated errors were multiplied by, 1 or more.
    """

    implausible: Mask
    contradicted: Mask
    error_factor: float = 1.0

    @property
    def rejected(self) -> Mask:
        """All that were rejected [C, H, W]."""
        return self.implausible | self.contradicted


def screen(problem: Problem, ensemble: EnsembleOI) -> tuple[Problem, Screened]:
    """The problem without observations that cannot be true, with errors as large as they are.

    Those of the months around it neither are judged nor judge.

    Raises:
        BadObservations: if there are too many.
    """
    implausible = far_from_climatology(problem)
    plausible = replace(without(problem, implausible), around=())
    observed = ensemble.library.observe(plausible, ensemble.season_months)
    covariance = _covariance(ensemble, observed)
    wrong = contradicted(covariance, observed)
    factor = error_factor(covariance, observed, ~wrong)
    if factor > 1:
        wrong = contradicted(covariance, observed, factor)
    flat = np.zeros(problem.observed.size, bool)
    flat[ensemble.library.layout.cell[observed.row[wrong]]] = True
    found = Screened(implausible, flat.reshape(implausible.shape), factor)
    return without(problem, found.rejected, factor), found


def far_from_climatology(problem: Problem) -> Mask:
    """Values that even a state of its own and an error of its own hardly explain [C, H, W]."""
    deviation = np.where(problem.observed, np.abs(problem.y) / np.hypot(1, problem.s_y), 0)
    column = np.flatnonzero(problem.observed.any(axis=0))
    usual = deviation[problem.observed]
    return deviation > LIMIT * robust_scale(usual, column.size)


def without(problem: Problem, rejected: Mask, factor: float = 1.0) -> Problem:
    """The problem without some observations, the errors of the others multiplied by `factor`."""
    observed = problem.observed & ~rejected
    return replace(
        problem,
        y=np.where(observed, problem.y, np.float32(0)),
        s_y=np.where(observed, np.float32(factor) * problem.s_y, np.float32(1)),
        observed=observed,
    )


def contradicted(
    covariance: NDArray[np.float64], observed: Observed, factor: float = 1.0
) -> NDArray[np.bool_]:
    """Which observations [p] the others contradict, if stated errors are multiplied by `factor`.

    Args:
        covariance: H B Hᵀ [p, p], of which the upper triangle is read.
    """
    if not len(covariance):
        return np.zeros(0, bool)
    root = factorise(covariance.copy(), factor * observed.s_y)
    left = LeftOut(solve(root, observed.y), invert(root), observed.column)
    while (worst := left.worst()).size:
        left.take_out(worst)
    return ~left.kept


def _covariance(ensemble: EnsembleOI, observed: Observed) -> NDArray[np.float64]:
    library = ensemble.library
    covariance = library.localise(observed, observed.covariance(), ensemble.radius_km)
    return np.multiply(covariance, ensemble.inflation, out=covariance)
