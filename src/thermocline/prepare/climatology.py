"""Climatology and spread, accumulated month by month from training states alone.

Only sums are kept, so the archive may be of any length: with n_m states of calendar month m,

    climatology_m = Σ x / n_m,     variance = Σ_m (Σ x² − n_m climatology_m²) / (N − M),

N states in all, M calendar months seen. Sums are in float64 about a fixed reference, which
keeps the difference of squares exact to far below a millikelvin.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.statistics import Statistics

REFERENCE = 10.0
"""Degrees Celsius subtracted before squaring."""


class Accumulator:
    """Running sums of training states on the model's grid, [C, H, W]."""

    def __init__(self, shape: tuple[int, int, int]):
        self.count = np.zeros(12, np.int64)
        self.total = np.zeros((12, *shape))
        self.squares = np.zeros(shape)
        self.always = np.ones(shape, bool)

    def add(self, field: NDArray, month: int) -> None:
        """Add one state [C, H, W], °C with NaN where missing, of calendar month 1–12."""
        self.always &= np.isfinite(field)
        centred = np.nan_to_num(field.astype(np.float64) - REFERENCE)
        self.total[month - 1] += centred
        self.squares += centred**2
        self.count[month - 1] += 1

    def finish(
        self, standardise: Literal["cell", "level"], minimum_std: float, weights: NDArray
    ) -> Statistics:
        """Statistics of all that was added; `weights` [H, W] are cell areas.

        The sea is what was valid in every state. The spread is smoothed over neighbouring sea
        cells (a thin archive leaves its own sampling noise in it), or averaged over each level,
        and is nowhere below `minimum_std` °C.

        Raises:
            BadData: if a calendar month is missing, or fewer than two years were seen.
        """
        missing = [str(m + 1) for m in range(12) if self.count[m] == 0]
        if missing:
            raise BadData(
                f"no training state for calendar month {', '.join(missing)}",
                where="climatology",
                fix="train on whole years",
            )
        states = int(self.count.sum())
        if states < 24:
            raise BadData(
                f"{states} training states give no spread",
                where="climatology",
                fix="train on at least two years",
            )
        ocean = self.always
        if not ocean.any():
            raise BadData(
                "no cell is valid in every training state",
                where="climatology",
                fix="check the raw data for states that are wholly missing",
            )
        per_month = self.count[:, None, None, None]
        mean = self.total / per_month
        variance = (self.squares - (per_month * mean**2).sum(0)) / (states - 12)
        variance = np.where(ocean, np.maximum(variance, 0), 0)
        if standardise == "cell":
            variance = _smooth(variance, ocean)
        else:
            area = ocean * weights
            level = (variance * area).sum((1, 2)) / np.maximum(area.sum((1, 2)), 1e-30)
            variance = np.broadcast_to(level[:, None, None], ocean.shape)
        std = np.where(ocean, np.maximum(np.sqrt(variance), minimum_std), 1.0)
        climatology = np.where(ocean, mean + REFERENCE, 0.0)
        return Statistics(climatology.astype(np.float32), std.astype(np.float32), ocean.copy())


def _smooth(field: NDArray, ocean: NDArray[np.bool_]) -> NDArray:
    """Weights 1-2-1 in both directions over sea cells only; longitude is periodic."""
    total, weight = field * ocean, ocean.astype(np.float64)
    for step in (_along_longitude, _along_latitude):
        total, weight = step(total), step(weight)
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def _along_longitude(x: NDArray) -> NDArray:
    return 2 * x + np.roll(x, 1, -1) + np.roll(x, -1, -1)


def _along_latitude(x: NDArray) -> NDArray:
    result = 2 * x
    result[..., 1:, :] += x[..., :-1, :]
    result[..., :-1, :] += x[..., 1:, :]
    return result
