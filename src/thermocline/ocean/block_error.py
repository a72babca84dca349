"""How far a provider's coarse value is from the mean over its block.

    s² = noise² + (share · |Δy|)²

noise is the product's own. An analysis is smoothed before it is put on its grid, which moves a
value by some share of the change from block to block, Δy, as the coarse field itself shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.problem import Field

ROUNDS = 200
"""Of the fit: each multiplies a variance by the ratio of the two sides of its score equation,
which keeps it positive (Févotte & Idier, 2011)."""


@dataclass(frozen=True)
class BlockError:
    """Standard deviation of coarse values' errors; `noise` in °C."""

    noise: float
    share: float = 0.0

    def s_y(self, value: NDArray) -> Field:
        """Of the values of a coarse field, both [h, w] in °C; 1 where the field is NaN."""
        s = np.sqrt(self.noise**2 + self.share**2 * squared_change(value))
        return np.where(np.isfinite(value), s, 1).astype(np.float32)

    @classmethod
    def fit(cls, pairs: Iterable[tuple[NDArray, NDArray]]) -> "BlockError":
        """The most likely numbers, errors being Gaussian, of (value, departure) [h, w] each.

        Raises:
            BadData: if there is no departure.
        """
        steep, square = [], []
        for value, departure in pairs:
            known = np.isfinite(departure)
            steep.append(squared_change(value)[known])
            square.append(departure[known].astype(np.float64) ** 2)
        if not sum(part.size for part in square):
            raise BadData("no coarse value with a fine one to compare", where="block error")
        target = np.concatenate(square)
        terms = np.stack([np.ones(target.size), np.concatenate(steep)], axis=1)
        parts = 0.5 * target.mean() / np.maximum(terms.mean(axis=0), 1e-12)
        for _ in range(ROUNDS):
            variance = terms @ parts
            parts *= ((target / variance**2) @ terms) / np.maximum((1 / variance) @ terms, 1e-12)
        return cls(*(float(part) for part in np.sqrt(parts)))


def squared_change(value: NDArray) -> NDArray[np.float64]:
    """|Δy|² [h, w]: squared change from block to block, centred where both neighbours are known."""
    value = np.asarray(value, dtype=np.float64)
    total = np.zeros(value.shape)
    for axis in (0, 1):
        change = np.diff(value, axis=axis)
        change = np.pad(
            change, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], constant_values=np.nan
        )
        sides = np.stack([np.delete(change, -1, axis), np.delete(change, 0, axis)])
        known = np.isfinite(sides).sum(axis=0)
        total += (np.nansum(sides, axis=0) / np.maximum(known, 1)) ** 2
    return total
