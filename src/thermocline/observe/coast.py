"""Observations in land cells: the nearest sea cell beside each.

A model's coast and floor are coarse. An observation in a land cell serves the nearest of the cells
that touch it and are sea at its level. One in a cell without any water is lost if no cell with
water has its centre within `REACH` cells of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.grid import Grid, neighbours
from thermocline.ocean.sphere import great_circle_distance

REACH = 1.0
"""Cells from a place on land to the centre of the nearest sea cell; from further on it is lost."""


@dataclass(frozen=True)
class Places:
    """Observations [N]: degrees, and the indices of their levels and cells."""

    latitude: NDArray[np.floating]
    longitude: NDArray[np.floating]
    level: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray) -> "Places":
        return Places(
            self.latitude[chosen],
            self.longitude[chosen],
            self.level[chosen],
            self.row[chosen],
            self.column[chosen],
        )


@dataclass(frozen=True)
class Snapped:
    """Where observations [N] went: cells, whether there was one, and how far its centre is, km."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    found: NDArray[np.bool_]
    distance: NDArray[np.float64]


def nearest_sea(places: Places, grid: Grid, ocean: NDArray[np.bool_]) -> Snapped:
    """The nearest sea cells of observations in land cells.

    Args:
        ocean: sea by level [C, H, W].
    """
    water = np.asarray(ocean.any(axis=0))
    cells, which = np.unique(np.stack([places.row, places.column]), axis=1, return_inverse=True)
    beside = [list(neighbours(grid, row, column)) for row, column in cells.T.tolist()]
    width = max(map(len, beside), default=0)
    # Repeating a list's first cell changes no nearest one.
    table = np.array([each + each[:1] * (width - len(each)) for each in beside])
    table = table.reshape(len(beside), width, 2)[which.ravel()]
    rows, columns = table[..., 0], table[..., 1]
    latitude, longitude = grid.centres()
    distance = _kilometres(
        places.latitude[:, None],
        places.longitude[:, None],
        latitude[rows, columns],
        longitude[rows, columns],
    )
    there = np.where(ocean[places.level[:, None], rows, columns], distance, np.inf)
    ashore = ~water[places.row, places.column]
    coast = np.where(water[rows, columns], distance, np.inf).min(axis=1, initial=np.inf)
    spacing = [_spacing(row, column, grid, latitude, longitude) for row, column in cells.T.tolist()]
    reach = REACH * np.array(spacing)[which.ravel()]
    nearest, index = there.argmin(axis=1), np.arange(len(there))
    found = np.isfinite(there[index, nearest]) & ~(ashore & (coast > reach))
    return Snapped(rows[index, nearest], columns[index, nearest], found, distance[index, nearest])


def _spacing(row: int, column: int, grid: Grid, latitude: NDArray, longitude: NDArray) -> float:
    """Kilometres from a cell's centre to that of the farthest of those that share a side."""
    beside = [
        cell for cell in neighbours(grid, row, column) if (cell[0] == row) != (cell[1] == column)
    ]
    here = latitude[row, column], longitude[row, column]
    return max(float(_kilometres(*here, latitude[cell], longitude[cell])) for cell in beside)


def _kilometres(*places: NDArray | float) -> NDArray[np.float64]:
    return great_circle_distance(*places) / 1000
