"""Training states laid out for covariances: one row a sea cell, neighbours side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.localisation import compact_tiles
from thermocline.errors import BadData
from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Mask
from thermocline.ocean.sphere import unit_vectors

TILE = 64  # water columns; a tile and the observations around it make one matrix product


@dataclass(frozen=True, eq=False)
class Layout:
    """The sea cell of each row, and the rows of each tile.

    Rows run through the tiles, in a tile through its water columns, in a column downwards.

    Attributes:
        shape: (C, H, W) of a field.
        cell: flat index [V] into a field of each row.
        column: index [V] of each row's water column.
        point: unit vector [Q, 3] of each column.
        tiles: the (columns, rows) of each tile, as slices.
    """

    shape: tuple[int, int, int]
    cell: NDArray[np.int64]
    column: NDArray[np.int64]
    point: NDArray[np.float64]
    tiles: list[tuple[slice, slice]]

    @property
    def plane(self) -> int:
        """Cells of a level."""
        return self.shape[1] * self.shape[2]

    @classmethod
    def of(cls, ocean: Mask, grid: Grid) -> "Layout":
        """The layout of a mask [C, H, W]."""
        levels, height, width = ocean.shape
        if (height, width) != grid.shape:
            raise BadData(f"mask {ocean.shape} on a grid {grid.shape}", where="training states")
        wet = np.flatnonzero(ocean.any(axis=0))
        point = unit_vectors(*(angle.ravel()[wet] for angle in grid.centres()))
        flat = ocean.reshape(levels, -1)
        order, cells, columns, tiles = [], [], [], []
        done = rows = 0
        for group in compact_tiles(point, TILE):
            level_of, which = [a.T for a in np.nonzero(flat[:, wet[group]])]
            down = np.lexsort((level_of, which))
            cells.append(level_of[down] * height * width + wet[group][which[down]])
            columns.append(done + which[down])
            tiles.append((slice(done, done + group.size), slice(rows, rows + which.size)))
            order.append(group)
            done, rows = done + group.size, rows + which.size
        if not tiles:
            raise BadData("no sea cell at all", where="training states")
        return cls(
            (levels, height, width),
            np.concatenate(cells),
            np.concatenate(columns),
            point[np.concatenate(order)],
            tiles,
        )

    def gather(self, fields: NDArray, order: NDArray[np.int64]) -> NDArray[np.float32]:
        """Rows [V, N] of fields [N, C, H, W] taken in `order`, tile by tile to spare memory."""
        flat = fields.reshape(len(fields), -1)
        rows = np.empty((self.cell.size, len(fields)), np.float32)
        for _, tile in self.tiles:
            rows[tile] = flat[:, self.cell[tile]][order].T
        return rows

    def scatter(self, rows: NDArray, fill: float = 0.0) -> NDArray[np.float32]:
        """Fields [..., C, H, W] of rows [..., V]; `fill` elsewhere."""
        fields = np.full((*rows.shape[:-1], int(np.prod(self.shape))), fill, np.float32)
        fields[..., self.cell] = rows
        return fields.reshape(*rows.shape[:-1], *self.shape)


def season_window(months: NDArray, month: int, reach: int) -> list[slice]:
    """Slices of ascending `months` [N] that lie within `reach` months of `month`, round the year.

    Raises:
        BadData: if fewer than two states are in the window.
    """
    apart = np.abs(np.asarray(months) - month)
    inside = np.minimum(apart, 12 - apart) <= reach
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    if inside.sum() < 2:
        raise BadData(
            f"{inside.sum()} training states within {reach} months of month {month}",
            where="ensemble OI",
            fix="widen season_months, or train on more years",
        )
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
