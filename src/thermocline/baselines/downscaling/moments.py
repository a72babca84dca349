"""Sums over training days for a regression of cells on the block means around them.

Windows are of n × n blocks, n = 2 · reach + 1; the sums for a reach contain those for all smaller
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.downscaling.neighbourhood import cells_of_blocks, filled_windows
from thermocline.baselines.downscaling.upsampling import upsample
from thermocline.errors import BadConfig, BadData
from thermocline.ocean.downscaling import LowResolution, Pair

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over training blocks whose every cell is sea: all that a ridge regression needs.

    Attributes:
        gram: Σ x xᵀ [n², n²] of the means around a block, less its own.
        cross: Σ r xᵀ [factor², n²] with r the residuals of bicubic interpolation.
        square: Σ r² [factor²].
        count: how many blocks.
    """

    gram: Array
    cross: Array
    square: Array
    count: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], reach: int) -> "Moments":
        """Sums over all pairs, which share one factor.

        Raises:
            BadData: if no block is all sea.
        """
        factor = pairs[0][0].factor
        n, f = (2 * reach + 1) ** 2, factor**2
        gram, cross, square, count = np.zeros((n, n)), np.zeros((f, n)), np.zeros(f), 0
        for problem, truth in pairs:
            check_factor(problem, factor)
            x, residuals = bicubic_residuals(problem, truth, reach)
            gram, cross = gram + x.T @ x, cross + residuals.T @ x
            square, count = square + (residuals**2).sum(axis=0), count + len(x)
        if not count:
            raise BadData("no block is all sea", where="training pairs")
        return cls(gram, cross, square, count)

    def __add__(self, other: "Moments") -> "Moments":
        """Sums over both sets of days."""
        return Moments(
            self.gram + other.gram,
            self.cross + other.cross,
            self.square + other.square,
            self.count + other.count,
        )

    @property
    def reach(self) -> int:
        """Blocks on each side of the one in the middle."""
        return (int(np.sqrt(len(self.gram))) - 1) // 2

    def filters(self, reach: int, ridge: float) -> Array:
        """W P [factor², n²] of windows of this reach, at most the moments' own.

        Args:
            reach: blocks on each side.
            ridge: λ in units of the mean variance of P x, times the number of blocks.
        """
        anomaly = _crop(self.reach, reach)
        gram = anomaly @ self.gram @ anomaly.T
        size = np.trace(gram) / len(gram)
        if size <= 0:  # nothing but planes
            return np.zeros((len(self.square), len(gram)))
        ridged = gram + max(ridge, 1e-12) * size * np.eye(len(gram))
        return np.linalg.solve(ridged, anomaly @ self.cross.T).T @ without_plane(reach)

    def rmse(self, filters: Array) -> float:
        """Root mean squared error of these filters on the moments' own blocks, °C."""
        reach = (int(np.sqrt(filters.shape[1])) - 1) // 2
        whole = filters @ _crop(self.reach, reach)
        error = self.square - 2 * np.sum(whole * self.cross, axis=1)
        error += np.einsum("fp,pq,fq->f", whole, self.gram, whole)
        return float(np.sqrt(max(error.sum(), 0) / (self.count * error.size)))


def without_plane(reach: int) -> Array:
    """P [n², n²], the projection that takes a least-squares plane off a window of n × n."""
    y, x = np.indices((2 * reach + 1,) * 2).reshape(2, -1) - reach
    plane = np.linalg.qr(np.stack([np.ones(y.size), y, x], axis=1)[:, : 3 if reach else 1])[0]
    return np.eye(y.size) - plane @ plane.T


def _crop(whole: int, reach: int) -> Array:
    """P of the inner window [n², whole²]: applied to the means of a window of reach `whole`."""
    if reach > whole:
        raise BadConfig(f"a reach of {reach} from moments of {whole}", where="regression")
    number = np.arange((2 * whole + 1) ** 2).reshape((2 * whole + 1,) * 2)
    inner = slice(whole - reach, whole + reach + 1)
    chosen = np.eye(number.size)[number[inner, inner].ravel()]
    return without_plane(reach) @ chosen


def windows_of(problem: LowResolution, reach: int) -> Array:
    """Means around each block, less its own, [h, w, n²]."""
    x = filled_windows(problem.value, reach, problem.grid.periodic)
    return x - x[..., [x.shape[-1] // 2]]


def bicubic_residuals(problem: LowResolution, truth: NDArray, reach: int) -> tuple[Array, Array]:
    """Windows [N, n²] of blocks that are all sea, and residuals of bicubic there [N, factor²]."""
    factor = problem.factor
    complete = (
        cells_of_blocks(problem.ocean & np.isfinite(truth), factor).all(axis=-1) & problem.observed
    )
    bicubic = upsample(problem.value, factor, periodic=problem.grid.periodic)
    residuals = cells_of_blocks(truth - bicubic, factor)
    return windows_of(problem, reach)[complete], residuals[complete]


def check_factor(problem: LowResolution, factor: int) -> None:
    """Raises BadConfig for blocks of another size."""
    if problem.factor != factor:
        raise BadConfig(
            f"blocks of {problem.factor} cells, a regression for {factor}",
            where=problem.case or "regression",
        )
