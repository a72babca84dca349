"""How observations can be wrong: held-out months, observed as they should not be."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.config import Config
from thermocline.observe.patterns import make_problem, random_columns
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.basins import BASINS
from thermocline.ocean.case import Case
from thermocline.systems.reconstruct.data.states import States
from thermocline.verify.metrics.sums import basin_index

GROSS, SHARE = 10.0, 0.2
"""Gross errors are uniform between ± so many °C, in such a share of columns or values."""
BASIN = "North Atlantic"


@dataclass(frozen=True)
class Wrong:
    """A problem, and which of its observations are wrong [C, H, W]."""

    problem: AnomalyProblem
    gross: NDArray[np.bool_]


Scenario = Callable[[Case, States, Config, np.random.Generator], Wrong]


def clean(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """Errors as stated."""
    return Wrong(case.problem, np.zeros_like(case.problem.observed))


def doubled(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """Errors of twice the stated size."""
    problem = case.problem
    y = np.where(problem.observed, 2 * problem.y - case.truth, 0).astype(np.float32)
    return Wrong(replace(problem, y=y), np.zeros_like(problem.observed))


def gross_columns(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """Every fifth column is off by one amount at all depths."""
    shape = case.problem.observed.shape[1:]
    return _gross(case.problem, store, rng.random(shape) < SHARE, rng.uniform(-1, 1, shape))


def gross_values(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """Every fifth value is off."""
    shape = case.problem.observed.shape
    return _gross(case.problem, store, rng.random(shape) < SHARE, rng.uniform(-1, 1, shape))


def one_basin(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """As many columns as otherwise, all of them in the basin `BASIN`."""
    problem = case.problem
    inside = basin_index(store.grid) == BASINS.index(BASIN)
    there = problem.ocean & inside
    count = problem.observed.any(axis=0).sum() / there.any(axis=0).sum()
    observed = random_columns(there, min(1.0, float(count)), rng)
    moved = make_problem(
        case.truth,
        observed,
        store.statistics,
        config.section("reconstruct").data.observe,
        rng,
        problem.month,
        problem.case,
        ocean=problem.ocean,
    )
    return Wrong(moved, np.zeros_like(observed))


def nothing(case: Case, store: States, config: Config, rng: np.random.Generator) -> Wrong:
    """No observation, in no month."""
    none = np.zeros_like(case.problem.observed)
    zero, one = np.zeros_like(case.problem.y), np.ones_like(case.problem.s_y)
    return Wrong(replace(case.problem, y=zero, s_y=one, observed=none, around=()), none)


SCENARIOS: dict[str, Scenario] = {
    each.__name__: each
    for each in (clean, doubled, gross_columns, gross_values, one_basin, nothing)
}


def _gross(problem: AnomalyProblem, store: States, wrong: NDArray, size: NDArray) -> Wrong:
    gross = problem.observed & wrong
    error = GROSS * size / store.statistics.std
    return Wrong(replace(problem, y=np.where(gross, problem.y + error, problem.y)), gross)
