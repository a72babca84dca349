"""Kriging of cells from the block means around them, exact in windows of n × n blocks.

The weights of a window (see `kriging`) depend on its land and errors alone: away from land this is
a fixed linear filter.

The sea varies more in some places than in others. With χ² = yᵀ (S⁻¹ − S⁻¹ F M⁻¹ Fᵀ S⁻¹) y of p
blocks and q coefficients of a plane, the variance is multiplied by (ν + χ²) / (ν + p − q): the
scale of Student's t if all covariances share an unknown factor with an inverse-χ² prior of ν
degrees of freedom. ν = ∞ is the Gaussian.
"""

import time
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.stored import restore, store
from thermocline.baselines.common.variogram import Covariance
from thermocline.baselines.downscaling.kriging import Window
from thermocline.baselines.downscaling.neighbourhood import (
    block_windows,
    blocks_to_cells,
    cells_of_blocks,
)
from thermocline.baselines.downscaling.upsampling import upsample
from thermocline.errors import BadConfig
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis

Key = tuple[bytes, bytes, bytes]


class DownscalingOI:
    """Universal kriging of cells from block means, window by window.

    Args:
        covariance: of the cells, once a plane is taken off.
        factor: cells a block has on each side.
        reach: blocks on each side of the one in the middle of a window.
        freedom: ν, how firmly the amplitude of the covariance is believed; None for ν = ∞.
        spread: factor on the standard deviation.
    """

    name = "oi"

    def __init__(
        self,
        covariance: Covariance,
        factor: int,
        reach: int = 3,
        freedom: float | None = None,
        spread: float = 1.0,
    ):
        if factor < 1 or reach < 0 or spread <= 0 or (freedom is not None and freedom <= 0):
            raise BadConfig(
                f"factor {factor}, reach {reach}, freedom {freedom}, spread {spread}", where="oi"
            )
        self.covariance, self.factor, self.reach = covariance, factor, reach
        self.freedom, self.spread = freedom, spread
        window = Window(covariance, factor, reach)
        self._filter = lru_cache(maxsize=1024)(window.filter)  # coasts repeat from day to day

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [1, H, W] in °C, 0 on land; a Gaussian, without members."""
        start = time.perf_counter()
        if problem.factor != self.factor:
            raise BadConfig(
                f"blocks of {problem.factor} cells, an analysis for {self.factor}",
                where=problem.case or "oi",
            )
        # Where nothing is known within reach, what is interpolated is all there is.
        guess = upsample(problem.value, self.factor, periodic=problem.grid.periodic)
        mean = cells_of_blocks(guess, self.factor).copy()
        std = np.full_like(mean, np.sqrt(self.covariance.variance))
        for window, (rows, columns, values) in self._windows(problem).items():
            found = self._filter(*window)
            level = np.mean(values, axis=1, keepdims=True)  # less is lost to rounding
            y = np.asarray(values) - level
            mean[rows, columns] = level + y @ found.gain.T
            misfit = np.einsum("np,pq,nq->n", y, found.precision, y)
            std[rows, columns] = (
                np.sqrt(self._amplitude(misfit, found.freedom))[:, None] * found.std
            )
        answer = (blocks_to_cells(x, self.factor) for x in (mean, self.spread * std))
        mean, std = (np.where(problem.ocean, x, 0).astype(np.float32)[None] for x in answer)
        return Analysis(mean, std, seconds=time.perf_counter() - start)

    def _windows(self, problem: LowResolution) -> dict[Key, tuple[list, list, list]]:
        """Blocks (rows, columns, the known values around) that share their land and errors."""
        wet = cells_of_blocks(problem.ocean, self.factor).any(axis=-1)
        value = np.where(wet, problem.value.astype(np.float64), np.nan)
        wrap, reach = problem.grid.periodic, self.reach
        value = _pad(value, reach, wrap, np.nan)
        s_y = _pad(problem.s_y.astype(np.float64), reach, wrap, 1)
        sea = _pad(problem.ocean, reach * self.factor, wrap, False)
        values, errors = (block_windows(x, reach) for x in (value, s_y))
        known = np.isfinite(values)
        side, step = (2 * reach + 1) * self.factor, self.factor
        seas = np.lib.stride_tricks.sliding_window_view(sea, (side, side))[::step, ::step]
        found: dict[Key, tuple[list, list, list]] = {}
        for i, j in np.argwhere(wet & known.any(axis=(2, 3))):
            told = known[i, j]
            key = told.tobytes(), errors[i, j][told].tobytes(), seas[i, j].tobytes()
            group = found.setdefault(key, ([], [], []))
            for part, item in zip(group, (i, j, values[i, j][told]), strict=True):
                part.append(item)
        return found

    def _amplitude(self, misfit: NDArray, freedom: int) -> NDArray[np.float64]:
        """Factor on the variance from χ² and its degrees of freedom."""
        if self.freedom is None:
            return np.ones_like(misfit)
        return (self.freedom + misfit) / (self.freedom + freedom)

    def save(self, path: str | Path) -> None:
        """Write as safetensors, atomically."""
        settings = {
            "covariance": asdict(self.covariance),
            "factor": self.factor,
            "reach": self.reach,
            "freedom": self.freedom,
            "spread": self.spread,
        }
        store(path, self.name, {}, settings)

    @classmethod
    def load(cls, path: str | Path) -> "DownscalingOI":
        """Read what `save` wrote."""
        _, settings = restore(path, cls.name)
        return cls(Covariance.of(settings.pop("covariance")), **settings)


def _pad(field: NDArray, width: int, periodic: bool, value: float) -> NDArray:
    """A field [H, W] with `width` cells of `value` around it, or of its other end if periodic."""
    rows = np.pad(field, ((width, width), (0, 0)), constant_values=value)
    if periodic:
        return np.pad(rows, ((0, 0), (width, width)), mode="wrap")
    return np.pad(rows, ((0, 0), (width, width)), constant_values=value)
