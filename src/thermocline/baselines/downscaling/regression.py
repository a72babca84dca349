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

from thermocline.baselines.common.stored import restore, store
from thermocline.baselines.downscaling.moments import (
    Moments,
    bicubic_residuals,
    check_factor,
    windows_of,
)
from thermocline.baselines.downscaling.neighbourhood import blocks_to_cells
from thermocline.baselines.downscaling.upsampling import upsample
from thermocline.errors import BadData
from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.problem import Analysis

Array = NDArray[np.float64]


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
        found = [bicubic_residuals(problem, truth, self.reach) for problem, truth in pairs]
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
        check_factor(problem, self.factor)
        x = windows_of(problem, self.reach)
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


def _roughness(x: Array) -> Array:
    """Root mean square difference [...] of a block and the 3 × 3 around it, windows [..., n²]."""
    n = int(np.sqrt(x.shape[-1]))
    near = slice(max(n // 2 - 1, 0), n // 2 + 2)
    inner = x.reshape(*x.shape[:-1], n, n)[..., near, near]
    return np.sqrt(np.mean(inner**2, axis=(-2, -1)))
