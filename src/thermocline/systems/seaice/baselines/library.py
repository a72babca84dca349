"""The training states of the classical methods of sea ice, and which are independent of a truth.

A state is analysed without those of its own member, as the truth will be: a library that holds the
very state, or what came a month later, knows too much. A single member, as a reanalysis is, is cut
into blocks of years: a state is analysed without its block and the years beside it.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.files import sha256_arrays
from thermocline.ocean.grids import grid_from_description
from thermocline.ocean.sphere import unit_vectors

LEVELS = 255
"""Steps of a stored value: a fraction of a per cent of a variable's range."""
BLOCKS = 5
"""Blocks of years that a single member is cut into."""
FEWEST = 2
"""States that each calendar month keeps, at least: of fewer there is no covariance."""
ARRAYS = ("codes", "low", "step", "month", "member")


@dataclass(frozen=True, eq=False)
class Library:
    """Training states over the sea.

    Attributes:
        codes: values in steps of their range [n, 5, S], S sea cells.
        low, step: [5, 1]; a value is low + step · code.
        month, member: of each state [n].
        ocean: [H, W].
        grid: its description.
        year: of each state [n]; not in files of models that were made before it was asked for.
    """

    codes: NDArray[np.uint8]
    low: NDArray[np.float32]
    step: NDArray[np.float32]
    month: NDArray[np.int64]
    member: NDArray[np.int64]
    ocean: NDArray[np.bool_]
    grid: dict[str, Any]
    year: NDArray[np.int64] | None = None

    @classmethod
    def of(
        cls,
        values: NDArray,
        month: NDArray,
        member: NDArray,
        ocean: NDArray[np.bool_],
        grid: dict[str, Any],
        year: NDArray[np.int64] | None = None,
    ) -> "Library":
        """Of states [n, 5, H, W] in physical units."""
        sea = values[:, :, ocean]
        low = sea.min(axis=(0, 2))[:, None]
        step = np.maximum(sea.max(axis=(0, 2))[:, None] - low, 1e-6) / LEVELS
        codes = np.rint((sea - low) / step).astype(np.uint8)
        return cls(codes, low.astype("f4"), step.astype("f4"), month, member, ocean, grid, year)

    @property
    def arrays(self) -> dict[str, NDArray]:
        """Everything but the grid, as it is stored."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        arrays["ocean"] = self.ocean.astype(np.uint8)
        return arrays if self.year is None else {**arrays, "year": self.year}

    @property
    def digest(self) -> str:
        """SHA-256 of `arrays`."""
        return sha256_arrays(*self.arrays.values())

    def states(self, chosen: NDArray) -> NDArray[np.float32]:
        """Physical values [m, 5, S] of chosen states."""
        return self.low + self.step * self.codes[chosen]

    def season(self, month: int, window: int) -> NDArray[np.int64]:
        """States at most `window` calendar months away."""
        apart = np.abs(self.month - month) % 12
        return np.flatnonzero(np.minimum(apart, 12 - apart) <= window)

    def independent(self, member: int, year: int) -> NDArray[np.bool_]:
        """Which states [n] a state of a member and a year is analysed with.

        Those of other members; if there are none, those of other years. All, if these are too few.
        """
        others = self.member != member
        if others.any() or self.year is None:
            return others if others.any() else ~others
        first, last = self._block(year)
        for beside in (1, 0):
            kept = (self.year < first - beside) | (self.year > last + beside)
            had, left = (np.bincount(m, minlength=13) for m in (self.month, self.month[kept]))
            if (left >= np.minimum(had, FEWEST)).all():
                return kept
        return ~others

    def _block(self, year: int) -> tuple[int, int]:
        """First and last year of the block that a year is of; itself, of a year in none."""
        assert self.year is not None
        years = np.unique(self.year)
        for block in np.array_split(years, min(BLOCKS, len(years))):
            if block[0] <= year <= block[-1]:
                return int(block[0]), int(block[-1])
        return year, year

    def chosen(self, kept: NDArray[np.bool_]) -> "Library":
        """The states that a mask chooses."""
        if kept.all():
            return self
        names = ("codes", "month", "member") + (("year",) if self.year is not None else ())
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Unit vectors of the sea cells [S, 3]."""
        return unit_vectors(*grid_from_description(self.grid).centres())[self.ocean]

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Number of each cell among the sea cells [H · W]; −1 on land."""
        found = np.full(self.ocean.size, -1)
        found[np.flatnonzero(self.ocean)] = np.arange(int(self.ocean.sum()))
        return found
