"""Univariate OI of sea ice: a covariance of distance alone, about the mean of the month."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.ocean.anomalies import Normalised
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.problem import Analysis, Problem
from thermocline.ocean.statistics import Statistics
from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.data.raw import ICE, LOWER, UPPER

LEAST_STD = 1e-3
"""Least deviation: cells without ice in any year are certain."""


@dataclass(frozen=True, eq=False)
class ParametricOI:
    """`baselines.oi` of each variable by itself; its mean is brought within bounds."""

    method: Normalised
    name: str = "oi"

    @classmethod
    def of(cls, library: Library, tuned: dict[str, Any]) -> "ParametricOI":
        """With the parameters `lengths_km`, `error_factors` and `kernels` of each variable."""
        method = OptimalInterpolation(grid_from_description(library.grid), **tuned)
        return cls(Normalised(method, statistics_of(library)))

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """A Gaussian, so without members."""
        answer = self.method.analyse(problem, 0, 0)
        bounded = np.clip(np.nan_to_num(answer.mean), LOWER[..., None], UPPER[..., None])
        assert answer.std is not None
        return replace(answer, mean=bounded.astype(np.float32), std=np.nan_to_num(answer.std))


def statistics_of(library: Library) -> Statistics:
    """Monthly means of the states, and deviations from them, pooled over months."""
    months = [library.states(library.season(month, 0)) for month in range(1, 13)]
    shape = (len(ICE), *library.ocean.shape)
    climatology, std = np.zeros((12, *shape), np.float32), np.ones(shape, np.float32)
    climatology[..., library.ocean] = [states.mean(axis=0) for states in months]
    variance = np.mean([states.var(axis=0) for states in months], axis=0)
    std[:, library.ocean] = np.maximum(np.sqrt(variance), LEAST_STD)
    return Statistics(climatology, std, np.broadcast_to(library.ocean, shape))
