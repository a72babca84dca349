"""Linear regression of every cell of one place on all its block means, away from the season.

Climatologies of blocks and cells are yearly cycles of K harmonics, fitted to the training days:

    cells = cycle of the cells + W (means − cycle of the means),   W = B (G + λ I)⁻¹

with G and B the sums of products of the anomalies. The error is Gaussian, with a standard
deviation by cell and season. Means of blocks beyond the cells that matter are used like any:
give the method the surroundings of a place, and read off the place.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.downscaling.tuning import (
    RIDGES,
    SPREADS,
    Table,
    need_days,
    rmse_over_sea,
    spread_scores,
)
from thermocline.errors import BadData, BadObservations
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis, Mask

Array = NDArray[np.float64]
SEASONS = 4
"""December to February, and so on."""
HARMONICS = (1, 2, 3, 4)


@dataclass(frozen=True, eq=False)
class PlaceRegression:
    """Yearly cycles and weights of one place: p known blocks, v cells of sea.

    Attributes:
        grid: of the cells.
        ocean: where there is sea [H, W].
        known: the blocks that are used [h, w].
        coarse: yearly cycle of the blocks, factors [1 + 2K, p] of `yearly_cycle`.
        fine: the same of the cells [1 + 2K, v].
        weights: W [v, p].
        std: of the error [SEASONS, v], °C.
    """

    grid: LatLonGrid
    ocean: Mask
    observed: Mask
    coarse: Array
    fine: Array
    weights: Array
    std: Array
    name = "place regression"

    @classmethod
    def fit(
        cls, pairs: Sequence[Pair], harmonics: int = 3, ridge: float = 1e-3
    ) -> "PlaceRegression":
        """From training days of one grid and sea; λ is `ridge` times the mean of G's diagonal.

        Raises:
            BadData: if the days are not of one place, or a block or cell has no value on a day.
        """
        first = pairs[0][0]
        observed = first.observed
        y, x, cycle = _series(pairs, first, harmonics)
        fitted = np.linalg.pinv(cycle)
        coarse, fine = fitted @ y, fitted @ x
        y, x = y - cycle @ coarse, x - cycle @ fine
        gram = y.T @ y
        ridged = gram + max(ridge, 1e-12) * np.trace(gram) / len(gram) * np.eye(len(gram))
        weights = np.linalg.solve(ridged, y.T @ x).T
        unknown = np.zeros((SEASONS, x.shape[1]))
        method = cls(first.grid, first.ocean, observed, coarse, fine, weights, unknown)
        return method.with_error(pairs)

    def with_error(self, pairs: Sequence[Pair]) -> "PlaceRegression":
        """The same weights, with the errors they make on `pairs`.

        A season without a day has the errors of the year.
        """
        y, x, cycle = _series(pairs, pairs[0][0], self.harmonics)
        error = x - cycle @ self.fine - (y - cycle @ self.coarse) @ self.weights.T
        season = season_of(np.array([problem.date for problem, _ in pairs]))
        std = np.sqrt(
            [
                np.mean(error[season == s] ** 2 if (season == s).any() else error**2, axis=0)
                for s in range(SEASONS)
            ]
        )
        return replace(self, std=np.maximum(std, 1e-6))

    def with_spread(self, factor: float) -> "PlaceRegression":
        """The same with its standard deviations multiplied."""
        return replace(self, std=factor * self.std)

    @property
    def harmonics(self) -> int:
        """K."""
        return (len(self.coarse) - 1) // 2

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [1, H, W] in °C, 0 on land; a Gaussian, without members.

        Raises:
            BadObservations: for another place, or a block without a value.
        """
        start = time.perf_counter()
        same = self.grid.same(problem.grid) and np.array_equal(self.ocean, problem.ocean)
        if not same or not problem.observed[self.observed].all():
            raise BadObservations(
                "another place than it was fitted for" if not same else "blocks without a value",
                where=problem.case or self.name,
                fix="use a method that does not depend on the place",
            )
        cycle = yearly_cycle(np.array([problem.date]), self.harmonics)[0]
        anomaly = problem.value[self.observed] - cycle @ self.coarse
        mean, std = (np.zeros((1, *self.ocean.shape), np.float32) for _ in range(2))
        mean[0, self.ocean] = cycle @ self.fine + self.weights @ anomaly
        std[0, self.ocean] = self.std[season_of(np.array([problem.date]))[0]]
        return Analysis(mean, std, seconds=time.perf_counter() - start)


def tune_place(
    train: Sequence[Pair],
    validation: Sequence[Pair],
    harmonics: Sequence[int] = HARMONICS,
    ridges: Sequence[float] = RIDGES,
    spreads: Sequence[float] = SPREADS,
) -> tuple[PlaceRegression, Table]:
    """The yearly cycle and ridge of least RMSE, then a spread of least CRPS.

    What is returned is fitted to training and validation days together.
    """
    need_days(train, validation)
    table: Table = []
    candidates, methods = list(product(harmonics, ridges)), []
    for count, ridge in candidates:
        methods.append(PlaceRegression.fit(train, count, ridge))
        rmse = rmse_over_sea(methods[-1], validation)
        row = {"method": "place regression", "harmonics": count, "ridge": ridge, "rmse": rmse}
        table.append(row)
    best = int(np.argmin([row["rmse"] for row in table]))
    scores = spread_scores(methods[best], validation, spreads)
    for spread, crps in zip(spreads, scores, strict=True):
        table.append({"method": "place regression", "spread": spread, "crps": crps})
    fitted = PlaceRegression.fit([*train, *validation], *candidates[best])
    return fitted.with_spread(spreads[int(np.argmin(scores))]), table


def yearly_cycle(date: NDArray[np.datetime64], harmonics: int) -> Array:
    """A constant, and cosines and sines of the time of year, [N, 1 + 2K]."""
    day = date.astype("datetime64[D]")
    year = day.astype("datetime64[Y]")
    length = ((year + 1).astype("datetime64[D]") - year).astype(np.float64)
    phase = 2 * np.pi * ((day - year).astype(np.float64) + 0.5) / length
    waves = phase[:, None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.ones((day.size, 1)), np.cos(waves), np.sin(waves)], axis=1)


def season_of(date: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """0 for December to February, to 3 for September to November, [N]."""
    month = date.astype("datetime64[M]").astype(np.int64) % 12
    return (month + 1) % 12 // 3


def _series(
    pairs: Sequence[Pair], place: LowResolution, harmonics: int
) -> tuple[Array, Array, Array]:
    """Block means [N, p], cells [N, v] and yearly cycle [N, 1 + 2K] of days of one place."""
    for problem, _ in pairs:
        same = problem.grid is place.grid or problem.grid.same(place.grid)
        if not (
            same
            and np.array_equal(problem.ocean, place.ocean)
            and np.array_equal(problem.observed, place.observed)
        ):
            raise BadData(
                "not of the same grid, sea and known blocks as the first day",
                where=problem.case or "training pairs",
                fix="fit a method of one place to days of one place",
            )
    y = np.stack([problem.value[place.observed] for problem, _ in pairs]).astype(np.float64)
    x = np.stack([truth[place.ocean] for _, truth in pairs]).astype(np.float64)
    if not np.isfinite(x).all():
        raise BadData("sea without a truth", where="training pairs")
    return y, x, yearly_cycle(np.array([problem.date for problem, _ in pairs]), harmonics)
