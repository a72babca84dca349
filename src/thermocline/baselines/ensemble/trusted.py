"""A method whose prior is weighted by the trust estimated from the observations of each request.

Any method that works in anomalies can be used with other prior variances: with x = A^½ x̃, a prior
of variance α is one of variance 1 for x̃, of which y A^-½ is observed with errors of ρ^½ A^-½ s_y.
So observations are divided by √α before the analysis and the analysis is multiplied by it after; a
network then gets anomalies of the variance it was trained on.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from thermocline.baselines.common.remembered import Remembered
from thermocline.ocean.anomalies import AnomalyMethod, AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.problem import Analysis, Field
from thermocline.trust.innovations import Innovations
from thermocline.trust.judgement import Trust, judge

TILE = 2
"""Rows and columns of the blocks of cells left out together: profiles of one float are close."""


class Prior(Protocol):
    """A prior with innovations."""

    def innovations(self, problem: AnomalyProblem) -> Innovations:
        """The problem's observations; `column` is a cell of the horizontal grid."""
        ...


class Judge(Remembered[Trust]):
    """The trust in a prior, cached for the last problems; see `judge_prior`."""

    def __init__(self, prior: Prior):
        super().__init__(partial(judge_prior, prior))


def judge_prior(prior: Prior, problem: AnomalyProblem) -> Trust:
    """The trust in a prior, estimated from a problem's observations of all its months."""
    given = prior.innovations(problem)
    width = problem.ocean.shape[-1]
    row, column = given.column // width, given.column % width
    return judge(given, row // TILE * width + column // TILE)


def adapted(problem: AnomalyProblem, trust: Trust) -> AnomalyProblem:
    """The problem scaled so that the prior has its assumed variance."""
    if trust.is_full:
        return problem
    size = np.sqrt(trust.factors.variance).astype(np.float32)[:, None, None]
    error = trust.error_inflation.astype(np.float32)[:, None, None] / size

    def of(month: Any) -> Any:
        s_y = np.where(month.observed, month.s_y * error, np.float32(1))
        return replace(month, y=month.y / size, s_y=s_y.astype(np.float32))

    around: tuple[AnomalyNeighbour, ...] = tuple(of(month) for month in problem.around)
    return replace(of(problem), around=around)


def restored(analysis: Analysis, trust: Trust, centre: Field | None = None) -> Analysis:
    """The analysis of the adapted problem in the problem's units, weighted by the trust.

    Args:
        centre: what members are inflated about; the analysis mean by default.
    """
    if trust.is_full:
        return analysis
    about = analysis.mean if centre is None else centre
    by_level = lambda values: np.asarray(values, np.float32)[:, None, None]
    scale, spread = by_level(np.sqrt(trust.factors.variance)), by_level(trust.inflation)
    believed, members = by_level(trust.weight) * scale, analysis.members
    return replace(
        analysis,
        mean=believed * analysis.mean,
        std=None if analysis.std is None else spread * analysis.std,
        members=None if members is None else believed * about + spread * (members - about),
    )


@dataclass(frozen=True)
class Trusting:
    """A method weighted by the estimated trust in a prior, its own or another's."""

    method: AnomalyMethod
    judge: Judge

    @property
    def name(self) -> str:
        """The method's own."""
        return self.method.name

    def analyse(
        self, problem: AnomalyProblem, members: int, seed: int, trust: Trust | None = None
    ) -> Analysis:
        """The method's analysis, adapted to the observations; `trust` if already estimated."""
        trust = self.judge(problem) if trust is None else trust
        method = with_coupling(self.method, trust.factors.coupling)
        return restored(method.analyse(adapted(problem, trust), members, seed), trust)


def with_coupling(method: Any, coupling: float) -> Any:
    """The method with weaker covariances between levels, if it has any."""
    changed = getattr(method, "with_coupling", None)
    return method if changed is None else changed(coupling)
