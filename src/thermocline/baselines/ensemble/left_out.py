"""Exact leave-one-out and leave-one-column-out innovations of observations.

With S = H B Hᵀ + R and w = S⁻¹ y, the innovation of a group g (one value, or a water column) from
all other observations needs no further solution (Dubrule, 1983):

    ν_g = [S⁻¹]_gg⁻¹ w_g ~ N(0, [S⁻¹]_gg⁻¹),     d_g² = w_gᵀ [S⁻¹]_gg⁻¹ w_g ~ χ²

Both are tested: a wrong value is contradicted by its own column, but the values of a profile that
is wrong as a whole are consistent with each other. Values come first:
for one, a column is not rejected.

The worst are removed and the others tested again without them, until none exceeds the limit: a
wrong observation makes its neighbours look wrong too. Taking out g is a step of a Cholesky
decomposition of S⁻¹, of which only the factor F [p, taken out] is kept:

    S⁻¹ → S⁻¹ − F Fᵀ,     w → w − F L⁻¹ w_g,     F = [S⁻¹]_:g L⁻ᵀ,     L Lᵀ = [S⁻¹]_gg
"""

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

SHARE, LIMIT = (0.05, 0.1), (5.0, 3.5)
"""Standard deviations beyond which an observation is contradicted, by the share taken out so far.

Where few are wrong, an outlier is mostly right and has the most information; where many are, not.
"""
AT_ONCE = 0.7
"""Groups with at least this share of the largest innovation are removed with it: one a column."""


class LeftOut:
    """w and S⁻¹ of the kept observations as others are removed.

    Args:
        weight: w [p].
        inverse: S⁻¹ [p, p].
        column: water column of each observation [p], ascending from 0.
    """

    def __init__(self, weight: NDArray, inverse: NDArray, column: NDArray[np.int64]):
        self.weight, self.inverse, self.column = weight.copy(), inverse, column
        self.kept = np.ones(weight.size, bool)
        self.factor = np.zeros((weight.size, 0))
        # The values of a column side by side: [q, k], where k is as many as the longest has.
        first = np.flatnonzero(np.diff(column, prepend=-1))
        self.place = np.arange(weight.size) - first[column]
        self.shape = first.size, int(self.place.max(initial=-1)) + 1
        self.blocks = np.tile(np.eye(self.shape[1]), (first.size, 1, 1))
        for start, stop in zip(first, [*first[1:], weight.size], strict=True):
            size = stop - start
            self.blocks[column[start], :size, :size] = inverse[start:stop, start:stop]

    def worst(self) -> NDArray[np.int64]:
        """The observations [n] to take out next: single values, else columns; else none."""
        limit = float(np.interp(1 - self.kept.mean(), SHARE, LIMIT))
        table = self._by_column(self.values())
        wrong = _far(limit, table.max(axis=1, initial=0))
        if wrong.any():
            chosen = wrong[self.column] & (self.place == table.argmax(axis=1)[self.column])
        else:
            chosen = self.kept & _far(limit, as_normal(*self.columns()))[self.column]
        return np.flatnonzero(chosen)

    def take_out(self, group: NDArray[np.int64]) -> None:
        """Remove these observations [n] from w and S⁻¹."""
        rows = self.inverse[:, group] - self.factor @ self.factor[group].T
        root = scipy.linalg.cholesky(rows[group], lower=True, check_finite=False)
        step = scipy.linalg.solve_triangular(root, rows.T, lower=True, check_finite=False)
        change = scipy.linalg.solve_triangular(root, self.weight[group], lower=True)
        self.weight -= step.T @ change
        self.factor = np.concatenate([self.factor, step.T], axis=1)
        self.kept[group] = False
        self.weight[~self.kept] = 0
        moved = np.stack([self._by_column(row) for row in step], axis=-1)
        self.blocks -= moved @ moved.transpose(0, 2, 1)
        gone = self._by_column(~self.kept) > 0
        self.blocks[gone[:, :, None] | gone[:, None, :]] = 0
        self.blocks[gone[:, :, None] & np.eye(self.shape[1], dtype=bool)] = 1

    def values(self) -> NDArray[np.float64]:
        """|ν| of each value [p], left out alone, in its standard deviations; 0 if taken out."""
        variance = self.blocks[self.column, self.place, self.place]
        return np.abs(self.weight) / np.sqrt(variance)

    def columns(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """d² of each water column [q], left out alone, and of how many values."""
        weight = self._by_column(self.weight)
        explained = np.linalg.solve(self.blocks, weight[:, :, None])[:, :, 0]
        count = np.bincount(self.column[self.kept], minlength=self.shape[0])
        return (weight * explained).sum(axis=1), count

    def _by_column(self, values: NDArray) -> NDArray[np.float64]:
        table = np.zeros(self.shape)
        table[self.column, self.place] = values
        return table


def as_normal(square: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """χ² values of `count` degrees of freedom as standard normal ones (Wilson & Hilferty, 1931)."""
    variance = 2 / (9 * np.maximum(count, 1))
    return (np.cbrt(square / np.maximum(count, 1)) - (1 - variance)) / np.sqrt(variance)


def _far(limit: float, deviation: NDArray[np.float64]) -> NDArray[np.bool_]:
    return deviation > max(limit, AT_ONCE * deviation.max(initial=0))
