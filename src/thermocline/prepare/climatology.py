"""Climatology and spread, accumulated month by month from training fields alone.

Only sums are kept, so the archive may be of any length: with n_m fields of calendar month m,

    climatology_m = Σ x / n_m,     variance = Σ_m (Σ x² − n_m climatology_m²) / (N − M),

N fields in all, M calendar months seen. Sums are in float64 about a fixed reference, which
keeps the difference of squares exact to far below the fields' own steps.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.statistics import Statistics
from thermocline.prepare.sample import Layout


@dataclass(frozen=True)
class Monthly:
    """Statistics that are asked for: monthly climatology and standard deviation of a field.

    Attributes:
        field: its name, in whichever groups have it.
        standardise: the standard deviation of each `cell`, smoothed over neighbouring sea cells (a
            thin archive leaves its own sampling noise in it), or averaged over each `level`.
        minimum_std: it is nowhere below this, in the field's unit.
        reference: about the middle of all values; it is subtracted before they are squared.
    """

    field: str
    standardise: Literal["cell", "level"] = "cell"
    minimum_std: float = 0.05
    reference: float = 0.0


class Accumulator:
    """Running sums of training fields of one layout, [C, H, W] or [H, W]."""

    def __init__(self, layout: Layout, asked: Monthly):
        self.layout, self.asked = layout, asked
        self.count = np.zeros(12, np.int64)
        self.total = np.zeros((12, *layout.shape))
        self.squares = np.zeros(layout.shape)
        self.always = np.ones(layout.shape, bool)

    def add(self, field: NDArray, month: int) -> None:
        """Add one field, NaN where missing, of calendar month 1–12."""
        valid = np.isfinite(field)
        self.always &= valid
        centred = field.astype(np.float64)
        centred -= self.asked.reference
        np.copyto(centred, 0.0, where=~valid)
        self.total[month - 1] += centred
        centred *= centred
        self.squares += centred
        self.count[month - 1] += 1

    def finish(self) -> Statistics:
        """Statistics of all that was added; the sea is what was valid in every field.

        Raises:
            BadData: if a calendar month is missing, or fewer than two years were seen.
        """
        self._check()
        states, per_month = int(self.count.sum()), self.count.reshape(-1, *[1] * self.always.ndim)
        ocean, mean = self.always, self.total / per_month
        variance = (self.squares - (per_month * mean**2).sum(0)) / (states - 12)
        variance = np.where(ocean, np.maximum(variance, 0), 0)
        if self.asked.standardise == "cell":
            variance = _smooth(variance, ocean, self.layout.grid.periodic)
        else:
            area = ocean * self.layout.grid.cell_area()
            total = np.maximum(area.sum((-2, -1), keepdims=True), 1e-30)
            level = (variance * area).sum((-2, -1), keepdims=True) / total
            variance = np.broadcast_to(level, ocean.shape)
        std = np.where(ocean, np.maximum(np.sqrt(variance), self.asked.minimum_std), 1.0)
        climatology = np.where(ocean, mean + self.asked.reference, 0.0)
        return Statistics(climatology.astype(np.float32), std.astype(np.float32), ocean.copy())

    def _check(self) -> None:
        missing = [str(month + 1) for month in range(12) if self.count[month] == 0]
        for wrong, what, fix in (
            (
                missing,
                f"no training state for calendar month {', '.join(missing)}",
                "train on whole years",
            ),
            (
                self.count.sum() < 24,
                f"{self.count.sum()} training states give no spread",
                "train on at least two years",
            ),
            (
                not self.always.any(),
                "no cell is valid in every training state",
                "check the raw data for states that are wholly missing",
            ),
        ):
            if wrong:
                raise BadData(what, where="climatology", fix=fix)


def _smooth(field: NDArray, ocean: NDArray[np.bool_], periodic: bool) -> NDArray:
    """Weights 1-2-1 along columns and along rows, over sea cells only."""
    total, weight = field * ocean, ocean.astype(np.float64)
    for axis, closed in ((-1, periodic), (-2, False)):
        total, weight = _along(total, axis, closed), _along(weight, axis, closed)
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def _along(x: NDArray, axis: int, closed: bool) -> NDArray:
    """Weights 1-2-1 along an axis, of which the ends may be neighbours."""
    x = np.moveaxis(x, axis, 0)
    result = 2 * x
    result[1:] += x[:-1]
    if closed:
        result[0] += x[-1]
    result[:-1] += x[1:]
    if closed:
        result[-1] += x[0]
    return np.moveaxis(result, 0, axis)
