"""What real measurements are departures from, in which units, and how a field is compared to them.

A model's anomalies are departures from its own climatology, which is a simulated ocean's. A
measurement is therefore moved to that ocean, value − reference + climatology of the model there,
so that its departure from a real reference is what the model is told of; and what the model
answers is a departure from that reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from thermocline.config import ErrorConfig
from thermocline.observe import Observations, to_problem
from thermocline.ocean.anomalies import AnomalyNeighbour, AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.points import Points
from thermocline.ocean.statistics import Statistics

from .floats import Floats

Climatology = Literal["levitus", "model"]


@dataclass(frozen=True, eq=False)
class Setting:
    """A model's grid and statistics, and the reference real measurements depart from.

    Attributes:
        departure: mean departure from the climatology at each level [C], °C, added to it.
    """

    grid: LatLonGrid
    depth: NDArray[np.float64]
    statistics: Statistics
    climatology: Climatology
    departure: NDArray[np.float64]

    @classmethod
    def plain(
        cls, grid: LatLonGrid, depth: NDArray, statistics: Statistics, climatology: Climatology
    ) -> Setting:
        """Nothing learned from any float."""
        return cls(grid, depth, statistics, climatology, np.zeros(len(depth)))

    def learned(self, floats: Floats, representativeness: float) -> Setting:
        """With the mean departure of `floats` at each level, and anomalies as large as theirs.

        What they measured varies by std² (1 + representativeness²): the state of their cells, and
        what only they saw. Levels at which nothing was measured stay as they are.
        """
        off = floats.value - self.reference(floats)
        std = self.operator(floats) @ self.statistics.std.ravel().astype(np.float64)
        departure, size = self.departure.copy(), np.ones(len(self.depth))
        for level in np.unique(floats.level):
            here = floats.level == level
            departure[level] += off[here].mean()
            expected = (1 + representativeness**2) * (std[here] ** 2).mean()
            size[level] = np.sqrt(off[here].var() / expected)
        std = (self.statistics.std * size[:, None, None]).astype(np.float32)
        return replace(self, departure=departure, statistics=replace(self.statistics, std=std))

    def operator(self, floats: Floats) -> csr_array:
        """From fields to the measurements, [n, C·H·W]; zero where no water is near."""
        return Points.at(
            floats.latitude,
            floats.longitude,
            self.depth[floats.level],
            self.grid,
            self.depth,
            self.statistics.ocean,
        ).matrix

    def reference(self, floats: Floats) -> NDArray[np.float64]:
        """What the measurements depart from [n], °C."""
        climate = floats.levitus if self.climatology == "levitus" else self._simulated(floats)
        return climate + self.departure[floats.level]

    def problem(
        self, floats: Floats, month: np.datetime64, errors: ErrorConfig, case: str = ""
    ) -> AnomalyProblem:
        """The measurements of `month`, and of those around it, as the model is told of them."""
        lags = (floats.month - month).astype(np.int64)
        told = {int(lag): self._gridded(floats[lags == lag], errors) for lag in np.unique(lags)}
        now = told.pop(0)
        around = tuple(AnomalyNeighbour(lag, p.y, p.s_y, p.observed) for lag, p in told.items())
        return replace(now, around=around, case=case)

    def _gridded(self, floats: Floats, errors: ErrorConfig) -> AnomalyProblem:
        """The measurements of one month."""
        observations = Observations.checked(
            floats.latitude,
            floats.longitude,
            self.depth[floats.level],
            floats.value - self.reference(floats) + self._simulated(floats),
        )
        month = int(_calendar_month(floats)[0])
        return to_problem(observations, self.grid, self.depth, self.statistics, month, errors)[0]

    def _simulated(self, floats: Floats) -> NDArray[np.float64]:
        """The model's climatology at the measurements [n], °C."""
        operator, month = self.operator(floats), _calendar_month(floats)
        value = np.zeros(len(floats))
        for m in np.unique(month):
            value[month == m] = (operator @ self.statistics.climatology[m - 1].ravel())[month == m]
        return value


def _calendar_month(floats: Floats) -> NDArray[np.int64]:
    return floats.month.astype(np.int64) % 12 + 1
