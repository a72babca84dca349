"""Linear regression of cells on the block means around them, the same everywhere.

    cells of a block = bicubic + W P x,    W = B Pᵀ (P G Pᵀ + λ I)⁻¹

x are the n × n means around the block, P takes a plane off them (least squares), G = Σ x xᵀ and
B = Σ (cells − bicubic) xᵀ are summed over the training blocks. A plane has P x = 0, so it stays
the plane bicubic makes of it; and a ridge λ that grows ends in bicubic, not in nothing. What is
on land, or beyond an edge, is filled as it is for bicubic (`fill_land`).

The error is Gaussian, with a standard deviation by place within the block and by class of
roughness: how far the means next to a block are from one another.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.neighbourhood import blocks_to_cells, cells_of_blocks, filled_windows
from thermocline.baselines.stored import restore, store
from thermocline.baselines.upsampling import upsample
from thermocline.errors import BadConfig, BadData
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.problem import Analysis

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over training blocks whose every cell is sea: all that a ridge regression needs.

    Attributes:
        gram: Σ x xᵀ [n², n²] of the means around a block, less its own.
        cross: Σ r xᵀ [factor², n²] with r what bicubic lacks of the cells.
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
            _same_factor(problem, factor)
            x, lacking = _lacking(problem, truth, reach)
            gram, cross = gram + x.T @ x, cross + lacking.T @ x
            square, count = square + (lacking**2).sum(axis=0), count + len(x)
        if not count:
            raise BadData("no block is all sea", where="training pairs")
        return cls(gram, cross, square, count)

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


@dataclass(frozen=True, eq=False)
class DownscalingRegression:
    """Bicubic plus one linear filter of the surrounding means for each cell of a block.

    Attributes:
        factor: cells a block has on each side.
        filters: W P [factor², n²].
        edges: of the classes of roughness [classes − 1], °C, ascending.
        std: of the error [classes, factor²], °C.
    """

    factor: int
    filters: Array
    edges: Array
    std: Array
    name = "regression"

    def __post_init__(self) -> None:
        n = int(np.sqrt(self.filters.shape[1]))
        shapes = self.filters.shape, self.std.shape
        wanted = (self.factor**2, n * n), (self.edges.size + 1, self.factor**2)
        if shapes != wanted or n % 2 == 0:
            raise BadData(f"filters and errors {shapes}, not {wanted}", where=self.name)

    @classmethod
    def fit(
        cls, pairs: Sequence[Pair], reach: int = 2, ridge: float = 1e-3, classes: int = 4
    ) -> "DownscalingRegression":
        """Filters and errors from training pairs (see `Moments` for what is raised)."""
        return cls.of(Moments.of(pairs, reach), reach, ridge).with_error(pairs, classes)

    @classmethod
    def of(cls, moments: Moments, reach: int, ridge: float) -> "DownscalingRegression":
        """From sums; its error does not depend on roughness."""
        filters = moments.filters(reach, ridge)
        std = np.full((1, len(filters)), moments.rmse(filters))
        return cls(int(np.sqrt(len(filters))), filters, np.empty(0), std)

    @property
    def reach(self) -> int:
        """Blocks on each side of the one in the middle of a window."""
        return (int(np.sqrt(self.filters.shape[1])) - 1) // 2

    def with_error(self, pairs: Sequence[Pair], classes: int) -> "DownscalingRegression":
        """The same filters with the errors they make on `pairs`, by equally full classes."""
        found = [_lacking(problem, truth, self.reach) for problem, truth in pairs]
        rough = np.concatenate([_roughness(x) for x, _ in found])
        error = np.concatenate([lacking - x @ self.filters.T for x, lacking in found])
        edges = np.quantile(rough, np.arange(1, classes) / classes)
        which = np.searchsorted(edges, rough)
        overall = np.sqrt((error**2).mean(axis=0))
        std = np.stack(
            [
                np.sqrt((error[which == each] ** 2).mean(axis=0)) if each in which else overall
                for each in range(classes)
            ]
        )
        return replace(self, edges=edges, std=np.maximum(std, 1e-6))

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [1, H, W] in °C, 0 on land; a Gaussian, without members."""
        start = time.perf_counter()
        _same_factor(problem, self.factor)
        x = _windows(problem, self.reach)
        mean = upsample(problem.value, self.factor, periodic=problem.grid.periodic)
        mean = mean + blocks_to_cells(x @ self.filters.T, self.factor)
        std = blocks_to_cells(self.std[np.searchsorted(self.edges, _roughness(x))], self.factor)
        mean, std = (np.where(problem.ocean, part, 0) for part in (mean, std))
        return Analysis(
            mean.astype(np.float32)[None],
            std.astype(np.float32)[None],
            seconds=time.perf_counter() - start,
        )

    def save(self, path: str | Path) -> None:
        """Write as safetensors, atomically."""
        arrays = {"filters": self.filters, "edges": self.edges, "std": self.std}
        store(path, self.name, arrays, {"factor": self.factor})

    @classmethod
    def load(cls, path: str | Path) -> "DownscalingRegression":
        """Read what `save` wrote."""
        arrays, settings = restore(path, cls.name)
        return cls(settings["factor"], arrays["filters"], arrays["edges"], arrays["std"])


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


def _windows(problem: LowResolution, reach: int) -> Array:
    """Means around each block, less its own, [h, w, n²]."""
    x = filled_windows(problem.value, reach, problem.grid.periodic)
    return x - x[..., [x.shape[-1] // 2]]


def _lacking(problem: LowResolution, truth: NDArray, reach: int) -> tuple[Array, Array]:
    """Windows [N, n²] of the blocks that are all sea, and what bicubic lacks there [N, factor²]."""
    factor = problem.factor
    told = cells_of_blocks(problem.ocean & np.isfinite(truth), factor).all(axis=-1) & problem.known
    lacking = cells_of_blocks(
        truth - upsample(problem.value, factor, periodic=problem.grid.periodic), factor
    )
    return _windows(problem, reach)[told], lacking[told]


def _roughness(x: Array) -> Array:
    """Root mean square difference [...] of a block and the 3 × 3 around it, windows [..., n²]."""
    n = int(np.sqrt(x.shape[-1]))
    near = slice(max(n // 2 - 1, 0), n // 2 + 2)
    inner = x.reshape(*x.shape[:-1], n, n)[..., near, near]
    return np.sqrt(np.mean(inner**2, axis=(-2, -1)))


def _same_factor(problem: LowResolution, factor: int) -> None:
    if problem.factor != factor:
        raise BadConfig(
            f"blocks of {problem.factor} cells, a regression for {factor}",
            where=problem.case or "regression",
        )
