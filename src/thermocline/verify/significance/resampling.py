"""Cases drawn again, with replacement, as weather lets them be.

Cases need not count alike, nor be drawn one by one (`Design`): with patches of several regions
on many days, a patch counts by its area of sea, and all patches of a day are drawn together,
because the weather is the same; blocks are then of consecutive days.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Reduces the last axis (cases) of [..., n]."""


@dataclass(frozen=True)
class Design:
    """How cases are drawn and counted; the default is one by one, all alike.

    Attributes:
        weight: what each case counts [cases], such as its area; a statistic is then of the
            weighted mean.
        unit: a label of each case [cases], such as its day; cases of one label are drawn
            together. Units are ordered by their label: dates as written in ISO 8601 are in order.
    """

    weight: ArrayLike | None = None
    unit: ArrayLike | None = None

    def units(self, cases: int) -> int:
        """How many units there are to draw."""
        return cases if self.unit is None else np.unique(np.asarray(self.unit)).size

    def blocks(self, cases: int, block: int) -> NDArray[np.int64]:
        """A number for each case [cases]: those of `block` consecutive units or more have the same.

        Blocks are as equal as can be; there is one if there are fewer than two blocks of units.
        """
        label = np.arange(cases) if self.unit is None else np.asarray(self.unit)
        unit = np.unique(label, return_inverse=True)[1]
        count = self.units(cases)
        return np.arange(count)[unit] * max(count // block, 1) // count


EACH = Design()
SEASON = 90
"""Days."""


def seasonal(times: Sequence[np.datetime64]) -> int:
    """How many consecutive cases span a season, by the median step between their dates.

    What a method errs by in one month it errs by in the next, too: blocks of this length keep that
    likeness in a resample. 1 for dates that are a season apart or more, or for a single one.
    """
    steps = np.diff(np.unique(np.array(times, "datetime64[D]"))).astype(np.int64)
    span = SEASON / float(np.median(steps)) if steps.size else 1
    return min(max(1, int(span + 0.5)), steps.size + 1)


def resample(count: int, n: int, seed: int, block: int = 1) -> NDArray[np.int64]:
    """Case indices [n, count] of `n` resamples in circular blocks of `block` consecutive cases."""
    if not 1 <= block <= count:
        raise BadData(f"blocks of {block} from {count} cases", where="bootstrap")
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, count, size=(n, -(-count // block)))
    index = (starts[:, :, None] + np.arange(block)) % count
    return index.reshape(n, -1)[:, :count]


def drawn(
    data: NDArray, statistic: Statistic, index: NDArray[np.int64], design: Design
) -> tuple[NDArray, NDArray]:
    """The statistic of all cases, and of every resample `index` [n, units]."""
    if design.weight is None and design.unit is None:
        return statistic(data), statistic(data[index])
    weight = np.ones(data.size) if design.weight is None else finite(design.weight)
    label = np.arange(data.size) if design.unit is None else np.asarray(design.unit)
    if not weight.size == label.size == data.size or (weight <= 0).any():
        raise BadData("give every case a positive weight and a unit", where="bootstrap")
    unit = np.unique(label, return_inverse=True)[1]
    top, bottom = np.bincount(unit, weight * data), np.bincount(unit, weight)
    # A mean over cases is one number after the sums; the statistic sees it as its only case.
    whole = top.sum(keepdims=True) / bottom.sum()
    return statistic(whole), statistic((top[index].sum(-1) / bottom[index].sum(-1))[:, None])


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """Scores as an array [cases]; refuses a value that is not finite."""
    data = np.asarray(values, np.float64)
    if data.ndim != 1 or not np.isfinite(data).all():
        raise BadData("scores must be one finite number a case", where="bootstrap")
    return data
