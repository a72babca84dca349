"""Whether settings differ by more than seeds: analysis of variance with seeds as blocks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats


class Effect(NamedTuple):
    """What a setting does.

    Attributes:
        range: of the means of its values, over the standard deviation of seeds.
        p: how likely so large a difference is by seeds alone.
    """

    range: float
    p: float


def deviation(scores: NDArray) -> float:
    """The standard deviation of one training over seeds: [rows, columns, seeds], within pairs."""
    return float(np.sqrt(scores.var(axis=-1, ddof=1).mean()))


def effects(scores: NDArray) -> tuple[Effect, Effect, Effect]:
    """Of rows, of columns, and of how they go together, from [rows, columns, seeds].

    Each is compared with how it differs between seeds (its interaction with them): a seed's draws
    are shared by all pairs, so that pairs of one seed are not independent.
    """
    centred = scores - scores.mean(axis=(0, 1))  # of each seed
    row, column = centred.mean(axis=1), centred.mean(axis=0)  # [rows, seeds], [columns, seeds]
    both = centred - row[:, None] - column
    spread = deviation(scores)
    rows, columns = scores.shape[:2]
    return (
        _effect(row, rows - 1, spread),
        _effect(column, columns - 1, spread),
        _effect(both.reshape(-1, scores.shape[-1]), (rows - 1) * (columns - 1), spread),
    )


def _effect(levels: NDArray, free: int, spread: float) -> Effect:
    """Of the levels [L, seeds], which have `free` degrees of freedom."""
    seeds = levels.shape[1]
    means = levels.mean(axis=1)
    between = seeds * np.square(means).sum() / free
    error = np.square(levels - means[:, None]).sum() / (free * (seeds - 1))
    p = float(stats.f.sf(between / error, free, free * (seeds - 1)))
    return Effect(float(np.ptp(means)) / spread, p)
