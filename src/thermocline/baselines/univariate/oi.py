"""Univariate optimal interpolation: each level by itself, with a covariance of distance alone.

    x_a = K_gy (K_yy + R)⁻¹ y,   var = 1 − diag(K_gy (K_yy + R)⁻¹ K_yg)

(Gandin, 1963; Bretherton, Davis & Fandry, 1976), exact, in observation space. Distances are
chords through the Earth: a Gaussian of the great-circle distance is not positive definite on
the sphere, one of the chord is (and within 2000 km the two differ by less than 1 %). Between
months that lie n apart, covariances are ρⁿ times those of one month, as anomalies decay.
"""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import factorise, solve
from thermocline.baselines.common.kernels import KERNELS
from thermocline.baselines.common.localisation import chord
from thermocline.baselines.common.observed import months_of
from thermocline.errors import BadConfig, BadObservations
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis
from thermocline.ocean.sphere import unit_vectors
from thermocline.trust.innovations import Innovations, evenly

CHUNK = 2048  # grid cells whose covariance with the observations is held at once


class OptimalInterpolation:
    """Optimal interpolation of each level, its prior of mean 0 and standard deviation 1.

    Args:
        grid: the grid.
        lengths_km: correlation length of each level [C].
        error_factors: factor on the observation error of each level [C], for what the
            covariance model gets wrong.
        kernels: a name of `KERNELS` for each level [C], or one for all.
        persistence: ρ of each level [C], 0 to below 1; without it observations of other months
            are refused.
    """

    name = "oi"

    def __init__(
        self,
        grid: Grid,
        lengths_km: Sequence[float],
        error_factors: Sequence[float],
        kernels: str | Sequence[str] = "gaussian",
        persistence: Sequence[float] | None = None,
    ):
        self.kernels = [kernels] * len(lengths_km) if isinstance(kernels, str) else list(kernels)
        self.lengths_km, self.error_factors = list(lengths_km), list(error_factors)
        if not len(self.lengths_km) == len(self.error_factors) == len(self.kernels):
            raise BadConfig("as many lengths, error factors and kernels as levels", where="oi")
        unknown = set(self.kernels) - set(KERNELS)
        if unknown or min(*self.lengths_km, *self.error_factors) <= 0:
            raise BadConfig(
                f"kernels {self.kernels}, lengths {self.lengths_km}, factors {self.error_factors}",
                where="oi",
                fix=f"kernels are {', '.join(KERNELS)}; lengths and factors positive",
            )
        self.persistence = None if persistence is None else list(persistence)
        if self.persistence is not None and (
            len(self.persistence) != len(self.kernels)
            or not all(0 <= rho < 1 for rho in self.persistence)
        ):
            raise BadConfig(
                f"persistence {self.persistence}", where="oi", fix="one of [0, 1) for each level"
            )
        lat, lon = grid.centres()
        self.grid, self.points = grid, unit_vectors(lat.ravel(), lon.ravel())

    def analyse(self, problem: AnomalyProblem, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [C, H, W]; a Gaussian, so without members."""
        start = time.perf_counter()
        levels, height, width = problem.ocean.shape
        if levels != len(self.lengths_km) or (height, width) != self.grid.shape:
            raise BadObservations(
                f"a problem of shape {problem.ocean.shape}, an analysis of "
                f"({len(self.lengths_km)}, {', '.join(map(str, self.grid.shape))})",
                where=problem.case,
            )
        mean = np.zeros((levels, height * width), np.float32)
        std = np.zeros_like(mean)
        for level in range(levels):
            sea = np.flatnonzero(problem.ocean[level])
            mean[level, sea], std[level, sea] = self._level(problem, level, sea)
        shape = problem.ocean.shape
        return Analysis(
            mean.reshape(shape), std.reshape(shape), seconds=time.perf_counter() - start
        )

    def innovations(self, problem: AnomalyProblem) -> Innovations:
        """The innovations of a problem's observations, or of an even subset of them."""
        parts = [_observed(problem, level) for level in range(len(problem.ocean))]
        cell, lag = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        y, s_y = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
        level = np.repeat(np.arange(len(parts)), [part[0].size for part in parts])
        chosen = evenly(cell)
        cell, lag, level = cell[chosen], lag[chosen], level[chosen]
        y, s_y = y[chosen], s_y[chosen]
        covariance = np.zeros((cell.size, cell.size))
        for each in np.unique(level):
            own = np.flatnonzero(level == each)
            covariance[np.ix_(own, own)] = self._among(int(each), cell[own], lag[own])
        errors = np.array(self.error_factors)[level] * s_y
        return Innovations(y, errors, covariance, level, cell, len(parts))

    def _among(self, level: int, cell: NDArray[np.int64], lag: NDArray) -> NDArray[np.float64]:
        """Covariance [p, p] of observations of a level with each other."""
        points, rho = self.points[cell], self.persistence[level] if self.persistence else 0.0
        distance = chord(points, points) / (self.lengths_km[level] * 1e3)
        return KERNELS[self.kernels[level]](distance) * rho ** np.abs(lag[:, None] - lag)

    def _level(
        self, problem: AnomalyProblem, level: int, sea: NDArray[np.int64]
    ) -> tuple[NDArray, NDArray]:
        """Mean and standard deviation at cells `sea` of a level."""
        kernel, length = KERNELS[self.kernels[level]], self.lengths_km[level] * 1e3
        seen, lag, y, s_y = _observed(problem, level)
        if not seen.size:
            return np.zeros(sea.size), np.ones(sea.size)
        if problem.around and self.persistence is None:
            raise BadObservations(
                "observations of other months, and no persistence of anomalies",
                where=problem.case,
                fix="leave them out, or run `dvc repro baselines`",
            )
        rho = self.persistence[level] if self.persistence else 0.0
        points = self.points[seen]
        factor = factorise(self._among(level, seen, lag), self.error_factors[level] * s_y)
        weight = solve(factor, y)
        fade = rho ** np.abs(lag)
        mean, variance = np.empty(sea.size), np.empty(sea.size)
        for first in range(0, sea.size, CHUNK):
            part = slice(first, first + CHUNK)
            gain = kernel(chord(self.points[sea[part]], points) / length) * fade
            mean[part] = gain @ weight
            variance[part] = 1 - np.einsum("pg,gp->g", solve(factor, gain.T), gain)
        return mean, np.sqrt(np.maximum(variance, 0))


def _observed(
    problem: AnomalyProblem, level: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Flat cell, lag, y and s_y of the observations of a level [p], of all months."""
    cells, lags, values, errors = [], [], [], []
    for lag, y, s_y, observed in months_of(problem):
        cell = np.flatnonzero(observed[level])
        cells.append(cell)
        lags.append(np.full(cell.size, float(lag)))
        values.append(y[level].ravel()[cell].astype(np.float64))
        errors.append(s_y[level].ravel()[cell].astype(np.float64))
    return tuple(np.concatenate(part) for part in (cells, lags, values, errors))  # type: ignore[return-value]
