"""What any code may expect of a grid: its cells, their areas, and which of them a point is in.

`thermocline.ocean.latlon.LatLonGrid` has latitudes as rows and longitudes as columns;
`thermocline.ocean.projected.ProjectedGrid` lies on a map projection.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.axes import Bracket, Index


class Grid(Protocol):
    """H × W cells on the Earth. Positions are degrees north and east, in either convention."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, (H, W)."""
        ...

    @property
    def dims(self) -> tuple[str, str]:
        """CF names of the rows' and the columns' dimension."""
        ...

    @property
    def periodic(self) -> bool:
        """Whether the first column is beside the last."""
        ...

    def centres(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Latitude and longitude of every cell's centre, each [H, W]; longitude in [−180, 180)."""
        ...

    def cell_area(self) -> NDArray[np.float64]:
        """Area of every cell [H, W], in square metres."""
        ...

    def locate(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Index, Index]:
        """Row and column of the cell that holds each point.

        A point outside the grid is given the nearest cell of the border: ask `contains` first
        where that would be wrong.
        """
        ...

    def contains(self, latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point lies in a cell of the grid."""
        ...

    def bracket(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Bracket, Bracket]:
        """The rows and the columns whose centres lie around each point, for interpolation.

        Where the columns are periodic, the one before the first is −1. Beyond the outermost
        centres the nearest one has all the weight.
        """
        ...

    def coordinates(self) -> dict[str, Any]:
        """CF coordinates of a dataset on this grid: name → (dims, values, attributes).

        Among them is `crs`, the grid mapping; a data variable names it in `grid_mapping`.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """Plain JSON values from which `grid_from_description` makes the same grid."""
        ...

    def digest(self) -> str:
        """SHA-256 of the description."""
        ...


def digest_of(description: dict[str, Any]) -> str:
    """SHA-256 of plain JSON values, in whatever order their keys are."""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def neighbours(grid: Grid, row: int, column: int) -> Iterator[tuple[int, int]]:
    """Rows and columns of a cell and of the cells that touch it, up to nine in all."""
    rows, columns = grid.shape
    for j in range(max(row - 1, 0), min(row + 2, rows)):
        for step in (-1, 0, 1):
            if grid.periodic or 0 <= column + step < columns:
                yield j, (column + step) % columns
