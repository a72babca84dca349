"""Covariance of cells as a function of distance: a variogram, fitted by a mixture of kernels.

Half the mean squared difference of two cells a lag h apart, γ(h) = ½ E (f(x) − f(x + h))², does
not need the mean (Matheron, 1963; Cressie, 1993, Statistics for Spatial Data, ch. 2). It is
fitted by γ(h) = Σ_j a_j (1 − k_j(r / l_j)), a_j ≥ 0, with r² = dy² + (stretch · dx)², by weighted
non-negative least squares of relative errors, so that short lags have weight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.optimize import nnls

from thermocline.baselines.common.kernels import KERNELS
from thermocline.errors import BadData

LENGTHS = tuple(float(length) for length in np.geomspace(0.5, 128, 17))
"""Candidates for l_j, in cells."""
STRETCHES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5)


@dataclass(frozen=True)
class Covariance:
    """Σ_j a_j k_j(r / l_j) of the displacement between two cells.

    Attributes:
        kernels: names of `KERNELS`.
        lengths: l_j, in cells along a column.
        variances: a_j, °C².
        stretch: cells along a column that a cell along a row counts for.
    """

    kernels: tuple[str, ...]
    lengths: tuple[float, ...]
    variances: tuple[float, ...]
    stretch: float = 1.0

    def __post_init__(self) -> None:
        if not len(self.kernels) == len(self.lengths) == len(self.variances) > 0:
            raise BadData("as many kernels, lengths and variances, at least one", where="mixture")
        if min(self.lengths) <= 0 or min(self.variances) < 0 or self.variance <= 0:
            raise BadData(f"lengths {self.lengths}, variances {self.variances}", where="mixture")

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Covariance":
        """From `dataclasses.asdict` of one, with lists for tuples."""
        return cls(
            tuple(fields["kernels"]),
            tuple(fields["lengths"]),
            tuple(fields["variances"]),
            fields["stretch"],
        )

    @property
    def variance(self) -> float:
        """Variance of a cell, °C²."""
        return sum(self.variances)

    def __call__(self, dy: NDArray, dx: NDArray) -> NDArray[np.float64]:
        """Covariance, °C², of cells dy rows and dx columns apart; shapes broadcast."""
        r = np.hypot(dy, self.stretch * dx)
        parts = zip(self.kernels, self.lengths, self.variances, strict=True)
        return sum((a * KERNELS[kernel](r / length) for kernel, length, a in parts), np.zeros(()))


@dataclass(frozen=True, eq=False)
class Variogram:
    """Means over pairs of cells, by lag.

    Attributes:
        dy, dx: rows and columns from one cell to the other [n].
        gamma: half the mean squared difference [n], °C².
        pairs: how many [n].
    """

    dy: NDArray[np.int64]
    dx: NDArray[np.int64]
    gamma: NDArray[np.float64]
    pairs: NDArray[np.float64]


def less_plane(field: NDArray) -> NDArray[np.float64]:
    """A field [H, W], NaN on land, without its least-squares plane."""
    known = np.isfinite(field)
    row, column = np.nonzero(known)
    plane = np.stack([np.ones(row.size), row, column], axis=1)
    residual = np.full(field.shape, np.nan)
    values = field[known].astype(np.float64)
    residual[known] = values - plane @ np.linalg.lstsq(plane, values, rcond=None)[0]
    return residual


def measure_variogram(fields: Iterable[NDArray], reach: int) -> Variogram:
    """Of fields [H, W], NaN on land, at all lags of up to `reach` rows and columns.

    With m the mask, Σ (f(x) − f(x + h))² is a sum of three correlations: of f² m with m, of m with
    f² m, and of f m with itself, twice; a product of transforms each.
    """
    squares = pairs = np.zeros((2 * reach + 1, reach + 1))
    for field in fields:
        known = np.isfinite(field)
        f = np.where(known, field - np.mean(field[known]), 0.0) if known.any() else 0.0 * known
        shape = [next_fast_len(size + reach, real=True) for size in field.shape]
        mask, first, second = (rfft2(each, shape) for each in (known.astype(float), f, f * f))
        squares = (
            squares
            + irfft2(2 * (second * mask.conj()).real - 2 * np.abs(first) ** 2, shape)[
                np.ix_(*_lags(reach))
            ]
        )
        pairs = pairs + irfft2(np.abs(mask) ** 2, shape)[np.ix_(*_lags(reach))]
    dy, dx = np.meshgrid(*_lags(reach), indexing="ij")
    valid = (np.round(pairs) > 0) & ((dx > 0) | (dy > 0))  # h and −h are the same pairs
    if not valid.any():
        raise BadData("no two cells of sea", where="variogram")
    gamma = np.maximum(squares[valid] / (2 * pairs[valid]), 0)
    return Variogram(dy[valid], dx[valid], gamma, np.round(pairs[valid]))


def fit_covariance(variogram: Variogram, kernels: Sequence[str]) -> Covariance:
    """The mixture of `kernels` with `LENGTHS` that fits a variogram best."""
    best, least = None, np.inf
    gamma = np.maximum(variogram.gamma, 1e-6 * variogram.gamma.max())
    weight = np.sqrt(variogram.pairs / variogram.pairs.sum()) / gamma
    parts = list(product(kernels, LENGTHS))
    for stretch in STRETCHES:
        r = np.hypot(variogram.dy, stretch * variogram.dx)
        grown = np.stack([1 - KERNELS[kernel](r / length) for kernel, length in parts], axis=1)
        variances, misfit = nnls(weight[:, None] * grown, weight * variogram.gamma)
        if misfit < least and variances.any():
            kept = np.flatnonzero(variances)
            names, sizes = zip(*(parts[j] for j in kept), strict=True)
            least = misfit
            best = Covariance(names, sizes, tuple(map(float, variances[kept])), stretch)
    if best is None:
        raise BadData("the fields do not vary", where="variogram")
    return best


def _lags(reach: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.arange(-reach, reach + 1), np.arange(reach + 1)
