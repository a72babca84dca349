"""Univariate optimal interpolation: each level by itself, with a covariance of distance alone.

    x_a = K_gy (K_yy + R)⁻¹ y,   var = 1 − diag(K_gy (K_yy + R)⁻¹ K_yg)

(Gandin, 1963; Bretherton, Davis & Fandry, 1976), exact, in observation space. Distances are
chords through the Earth: a Gaussian of the great-circle distance is not positive definite on
the sphere, one of the chord is (and within 2000 km the two differ by less than 1 %).
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble_oi import factorise, solve
from thermocline.baselines.localisation import chord, unit_vectors
from thermocline.errors import BadConfig, BadObservations
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis, Problem

KERNELS: dict[str, Callable[[NDArray], NDArray]] = {
    "gaussian": lambda r: np.exp(-0.5 * r * r),
    "matern32": lambda r: (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
    "exponential": lambda r: np.exp(-r),
}
"""Correlation of distance / length."""

CHUNK = 2048  # grid cells whose covariance with the observations is held at once


class OptimalInterpolation:
    """Optimal interpolation of each level, its prior of mean 0 and standard deviation 1.

    Args:
        grid: the grid.
        lengths_km: correlation length of each level [C].
        error_factors: factor on the observation error of each level [C], for what the
            covariance model gets wrong.
        kernels: a name of `KERNELS` for each level [C], or one for all.
    """

    name = "oi"

    def __init__(
        self,
        grid: Grid,
        lengths_km: Sequence[float],
        error_factors: Sequence[float],
        kernels: str | Sequence[str] = "gaussian",
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
        lon, lat = np.meshgrid(grid.longitude, grid.latitude)
        self.grid, self.points = grid, unit_vectors(lat.ravel(), lon.ravel())

    def analyse(self, problem: Problem, members: int = 0, seed: int = 0) -> Analysis:
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

    def _level(
        self, problem: Problem, level: int, sea: NDArray[np.int64]
    ) -> tuple[NDArray, NDArray]:
        """Mean and standard deviation at cells `sea` of a level."""
        kernel, length = KERNELS[self.kernels[level]], self.lengths_km[level] * 1e3
        seen = np.flatnonzero(problem.observed[level])
        if not seen.size:
            return np.zeros(sea.size), np.ones(sea.size)
        y = problem.y[level].ravel()[seen].astype(np.float64)
        error = self.error_factors[level] * problem.s_y[level].ravel()[seen].astype(np.float64)
        points = self.points[seen]
        factor = factorise(kernel(chord(points, points) / length), error)
        weight = solve(factor, y)
        mean, variance = np.empty(sea.size), np.empty(sea.size)
        for first in range(0, sea.size, CHUNK):
            part = slice(first, first + CHUNK)
            gain = kernel(chord(self.points[sea[part]], points) / length)
            mean[part] = gain @ weight
            variance[part] = 1 - np.einsum("pg,gp->g", solve(factor, gain.T), gain)
        return mean, np.sqrt(np.maximum(variance, 0))
