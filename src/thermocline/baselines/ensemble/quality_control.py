"""Rejects implausible observations and finds understated errors, by the ensemble OI's covariance.

Three questions, in this order:

1. Is a value further from the climatology than any plausible one?
2. Do the other observations contradict it, or its whole water column? (see `left_out`)
3. Do the others vary more than expected? (see `excess`) If so, question 2 is asked again with that
   variability; and if the errors are larger than stated, they are enlarged in the analysis.

Operational centres call these a background check and a buddy check (Lorenc & Hammon, 1988).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import factorise, invert, solve
from thermocline.baselines.common.observed import Observed
from thermocline.baselines.ensemble.excess import Excess, excess, some
from thermocline.baselines.ensemble.left_out import LeftOut
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.problem import Mask

MAX_DEVIATIONS = 5.0
"""Background check: standard deviations from the climatology beyond which a value is rejected."""
MAJORITY = 10
"""Fewest water columns whose own median scales the background check."""

MINORITY = 0.25
"""The share of observations that can be wrong; where the others contradict more of them, it is the
covariance that is wrong."""

AS_ASSUMED = Excess()


@dataclass(frozen=True, eq=False)
class Screened:
    """The results of the checks.

    Attributes:
        implausible: too far from the climatology [C, H, W].
        contradicted: contradicted by the other observations [C, H, W].
        error_factor: factor on the stated errors, 1 or more.
    """

    implausible: Mask
    contradicted: Mask
    error_factor: float = 1.0

    @property
    def rejected(self) -> Mask:
        """All that were rejected [C, H, W]."""
        return self.implausible | self.contradicted


def screen(problem: AnomalyProblem, ensemble: EnsembleOI) -> tuple[AnomalyProblem, Screened]:
    """The problem without rejected observations, with corrected errors.

    Observations of the months around it are neither checked nor used: see `screen_window`.

    Raises:
        BadObservations: if there are too many.
    """
    implausible = far_from_climatology(problem)
    plausible = replace(without(problem, implausible), around=())
    observed = ensemble.library.observe(plausible, ensemble.season_months)
    wrong = contradicted(ensemble, observed)
    much = _excess(ensemble, observed, ~wrong)
    if (
        wrong.sum() > MINORITY * wrong.size
    ):  # too many to be wrong: they judge themselves, all of them
        much = _excess(ensemble, observed, np.ones_like(wrong))
    if max(much) > 1:
        wrong = contradicted(ensemble, observed, much)
        much = _excess(ensemble, observed, ~wrong)  # before, the largest errors were missing
    flat = np.zeros(problem.observed.size, bool)
    flat[ensemble.library.layout.cell[observed.row[wrong]]] = True
    found = Screened(implausible, flat.reshape(implausible.shape), much.errors)
    return without(problem, found.rejected, much.errors), found


def screen_window(
    problem: AnomalyProblem, ensemble: EnsembleOI
) -> tuple[AnomalyProblem, list[Screened]]:
    """`screen` for a problem's own month and then for each of those around it, one by one.

    Raises:
        BadObservations: if a month has too many.
    """
    answer, own = screen(problem, ensemble)
    months, found = [], [own]
    for month in problem.around:
        alone = AnomalyProblem(
            month.y,
            month.s_y,
            month.observed,
            problem.ocean,
            (problem.month - 1 + month.lag) % 12 + 1,
            problem.case,
        )
        kept, screened = screen(alone, ensemble)
        months.append(AnomalyNeighbour(month.lag, kept.y, kept.s_y, kept.observed))
        found.append(screened)
    return replace(answer, around=tuple(months)), found


def far_from_climatology(problem: AnomalyProblem) -> Mask:
    """Values that fail the background check [C, H, W].

    The limit is scaled by the median deviation, so that a model with another climate than the sea's
    does not reject every observation.
    """
    deviation = np.where(problem.observed, np.abs(problem.y) / np.hypot(1, problem.s_y), 0)
    usual = 1.0
    if problem.observed.any(axis=0).sum() >= MAJORITY:
        usual = max(usual, float(np.median(deviation[problem.observed])) / 0.6745)
    return deviation > MAX_DEVIATIONS * usual


def without(problem: AnomalyProblem, rejected: Mask, factor: float = 1.0) -> AnomalyProblem:
    """The problem without some observations, the errors of the others multiplied by `factor`."""
    observed = problem.observed & ~rejected
    return replace(
        problem,
        y=np.where(observed, problem.y, np.float32(0)),
        s_y=np.where(observed, np.float32(factor) * problem.s_y, np.float32(1)),
        observed=observed,
    )


def contradicted(
    ensemble: EnsembleOI, observed: Observed, much: Excess = AS_ASSUMED
) -> NDArray[np.bool_]:
    """Observations [p] that fail the buddy check, given the excess variability."""
    if not len(observed):
        return np.zeros(0, bool)
    covariance = ensemble.covariance(observed)
    covariance *= much.variability
    root = factorise(covariance, much.errors * observed.s_y)
    left = LeftOut(solve(root, observed.y), invert(root), observed.column)
    while (worst := left.worst()).size:
        left.take_out(worst)
    return ~left.kept


def _excess(ensemble: EnsembleOI, observed: Observed, kept: NDArray[np.bool_]) -> Excess:
    part = some(observed, kept)
    return excess(ensemble.covariance(part), part.y, part.s_y)
