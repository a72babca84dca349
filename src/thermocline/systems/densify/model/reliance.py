"""The reliance on the network for one request, estimated from columns that are left out.

Validation states are of the oceans of the training; a request may be of another one, where the
network's correction does harm. So parts of the observed columns are left out in turn and predicted
from the others: by the classical analysis a, and by the network's correction g·s·b. At each level,
t is the coefficient of regression of the residuals of a on that correction, and σ the ratio of
errors to the stated standard deviation, also if the stated errors of observations are wrong (see
`thermocline.trust.worth`). The answer's correction is multiplied by t, its spread by σ.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed, Problem
from thermocline.trust.left_out import Forecast
from thermocline.trust.worth import worth

PARTS = 4
"""A quarter of the columns is left out at a time."""
ENOUGH_COLUMNS = 100
"""Columns to predict; with fewer, every part is left out once."""
MIN_COLUMNS = 8
"""Observed columns below which t and σ are 1."""
TILE = 4
"""Rows and columns of the squares of cells that are left out together, as tracks are correlated."""
PRIOR_WEIGHT = 4.0
"""Precision of the prior of t, which is 1 ± 1/2."""
WARN_BELOW = 0.7
"""Mean of t below which an answer has a warning."""


@dataclass(frozen=True, eq=False)
class Reliance:
    """Factors t on the network's correction and σ on the spread, each [C]."""

    weight: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def full(cls, channels: int) -> "Reliance":
        """Factors 1: the calibration of the validation states."""
        return cls(np.ones(channels), np.ones(channels))

    def as_numbers(self) -> dict[str, float]:
        """For an answer's attributes."""
        return {
            "reliance_weight": round(float(self.weight.mean()), 4),
            "reliance_uncertainty_factor": round(float(np.sqrt(np.mean(self.spread**2))), 4),
        }

    def words(self) -> list[str]:
        """Warnings."""
        weight, spread = self.as_numbers().values()
        if weight >= WARN_BELOW:
            return []
        return [
            "the observed columns do not fit what the network learned: its correction of the "
            f"classical analysis is multiplied by {weight:.2f}, the uncertainty by {spread:.1f}"
        ]


@dataclass(frozen=True, eq=False)
class Corrected:
    """Of a problem, in normalised anomalies: the analysis, the network's calibrated correction, and
    the standard deviation of the error that remains; each [C, H, W]."""

    analysis: NDArray[np.float32]
    correction: NDArray[np.float32]
    deviation: NDArray[np.float32]


def judged(
    problem: Problem,
    place: NDArray[np.int64],
    anomaly: NDArray[np.float64],
    error: NDArray[np.float64],
    correct: Callable[[Problem], Corrected],
) -> Reliance:
    """The reliance on a network for a problem.

    Args:
        place: flat cells [n] of the observed columns, each once.
        anomaly, error: normalised values of each and their errors [n, C], NaN where there is none.
        correct: the network's correction of a problem.
    """
    channels = problem.ocean.shape[0]
    if len(place) < MIN_COLUMNS:
        return Reliance.full(channels)
    part = parts(place, problem.grid.shape[1])
    found: list[tuple[NDArray, ...]] = []
    for left in range(min(math.ceil(ENOUGH_COLUMNS * PARTS / len(place)), PARTS)):
        own = part == left
        if not own.any():  # all columns are in a few squares
            continue
        made = correct(without(problem, place[own]))
        at = lambda field, own=own: field.reshape(channels, -1)[:, place[own]].T
        departure = anomaly[own] - at(made.analysis)
        column, level = np.nonzero(np.isfinite(departure))
        group = np.flatnonzero(own)[column]
        values = (departure, at(made.correction), at(made.deviation) ** 2, error[own] ** 2)
        found.append((*(each[column, level] for each in values), level, group))
    whole = (np.concatenate(each) for each in zip(*found, strict=True))
    y, mean, variance, noise, level, group = whole
    weight, spread = np.ones(channels), np.ones(channels)
    for part_of in halves(channels):
        own = (level >= part_of.start) & (level < part_of.stop)
        if own.any():
            forecast = Forecast(mean[own], variance[own] + noise[own])
            of = level[own] - part_of.start
            weight[part_of], spread[part_of] = worth(
                y[own],
                forecast,
                noise[own],
                of,
                part_of.stop - part_of.start,
                group[own],
                PRIOR_WEIGHT,
            )
    return Reliance(weight, spread)


def halves(channels: int) -> Iterator[slice]:
    """Channels of temperature, and of salinity."""
    yield slice(0, channels // 2)
    yield slice(channels // 2, channels)


def parts(place: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The part of each column at flat cells [n]: 0 to PARTS − 1, of about equal sizes.

    Columns of one square of cells are in one part.
    """
    row, column = np.divmod(place, width)
    _, square = np.unique(row // TILE * width + column // TILE, return_inverse=True)
    order = np.random.default_rng(0).permutation(square.max(initial=0) + 1)
    return np.asarray(order[square] % PARTS)


def without(problem: Problem, place: NDArray[np.int64]) -> Problem:
    """The problem without the observations in some flat cells."""
    kept = []
    for each in problem.observations:
        assert isinstance(each.operator, Cells)
        index = np.asarray(each.operator.index)
        left = ~np.isin(index % problem.ocean[0].size, place)
        if left.any():
            operator = Cells(problem.ocean.shape, index[left])
            kept.append(Observed(operator, each.y[left], each.s_y[left], each.lag))
    return replace(problem, observations=tuple(kept))
