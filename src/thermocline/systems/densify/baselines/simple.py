"""Methods without modes or members: the climatology, and inverse distance to columns."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import physical, region_of
from thermocline.systems.densify.data.columns import columns_of


@dataclass(frozen=True, eq=False)
class Climatology:
    """The climatology of place and day, with the standard deviation of its anomalies."""

    regions: Sequence[Linear]
    name: str = "climatology"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean and spread, without members."""
        start, region = time.perf_counter(), region_of(self.regions, problem)
        zero = np.zeros((region.channels, *problem.grid.shape), np.float32)
        return physical(problem, region, zero, zero + 1, None, start)


@dataclass(frozen=True, eq=False)
class InverseDistance:
    """Means of all columns' anomalies, weighted by 1/(d + 1)^power, d in cells.

    The spread is the climate's times √(1 − ρ²), ρ = exp(−d/length) with d to the nearest column.
    """

    regions: Sequence[Linear]
    power: float = 3.0
    length: float = 5.0
    name: str = "inverse_distance"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean and spread, without members; the climatology where nothing is observed."""
        start, region = time.perf_counter(), region_of(self.regions, problem)
        mean = np.zeros((region.channels, *problem.grid.shape), np.float32)
        std = mean + 1
        seen = columns_of(problem, region.climate, region.modes)
        if len(seen.place):
            cells = np.indices(problem.grid.shape).reshape(2, -1, 1)
            at = np.stack(np.divmod(seen.place, problem.grid.shape[1]))[:, None]
            distance = np.hypot(*(cells - at))
            weight = (distance + 1) ** -self.power
            known = np.isfinite(seen.anomaly)
            total = weight @ known
            share = np.where(total > 0, weight @ np.nan_to_num(seen.anomaly) / total, 0)
            mean = share.T.reshape(mean.shape).astype(np.float32)
            fade = np.exp(-2 * distance.min(axis=1) / self.length).reshape(problem.grid.shape)
            std = std * np.sqrt(1 - 0.99 * fade).astype(np.float32)
        return physical(problem, region, mean, std, None, start)
