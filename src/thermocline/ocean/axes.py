"""One axis of a grid: edges of cells, and where points lie between ascending centres."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Index = NDArray[np.int64]
Bracket = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Index of the centre before each point, and the weight (0…1) of the centre after it."""


def cell_edges(centres: NDArray, low: float, high: float) -> tuple[NDArray, NDArray]:
    """Lower and upper edge of each cell around ascending centres, kept within [low, high]."""
    middle = (centres[1:] + centres[:-1]) / 2
    first, last = 1.5 * centres[0] - 0.5 * centres[1], 1.5 * centres[-1] - 0.5 * centres[-2]
    edges = np.clip(np.concatenate([[first], middle, [last]]), low, high)
    return edges[:-1], edges[1:]


def within(values: ArrayLike, low: float, high: float) -> NDArray[np.bool_]:
    """Whether each value is of [low, high]; NaN is not."""
    values = np.asarray(values, np.float64)
    return (values >= low) & (values <= high)


def nearest(ascending: NDArray, values: NDArray) -> NDArray[np.int64]:
    """Index of the nearest of two or more ascending centres to each value."""
    right = np.clip(np.searchsorted(ascending, values), 1, ascending.size - 1)
    left = right - 1
    return np.where(values - ascending[left] <= ascending[right] - values, left, right)


def bracket(centres: ArrayLike, points: ArrayLike) -> Bracket:
    """Index of the centre before each point and the weight (0…1) of the one after it.

    A single centre has all the weight everywhere, as the outermost ones have beyond them.
    """
    centres, points = np.asarray(centres, np.float64), np.asarray(points, np.float64)
    if centres.size == 1:
        return np.zeros(points.shape, np.int64), np.zeros(points.shape)
    before = np.clip(np.searchsorted(centres, points, side="right") - 1, 0, centres.size - 2)
    weight = (points - centres[before]) / (centres[before + 1] - centres[before])
    return before, np.clip(weight, 0.0, 1.0)
