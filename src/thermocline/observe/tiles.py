"""A large low-resolution field in overlapping tiles, and the answers to them in one piece.

    answer = Σ_k w_k · answer_k,     w_k = v_k / Σ_j v_j,     v_k = rows' window · columns' window

The window of a tile climbs from its border as sin² over the overlap. The weights sum to 1 on every
cell, and neither they nor their slopes jump: what is the same in two tiles is the same in the
answer, and where two tiles disagree no seam is seen. Columns of a grid that closes the circle are
neighbours across ±180°.

Members that were drawn tile by tile would be averaged where tiles overlap and lose variance there:
draw their noise for the whole field and give each tile its part (`Tiling.part`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadConfig
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import wrap_longitude

Index = tuple[Any, ...]
"""Rows and columns of a part of a field, as `np.ix_` gives them."""


@dataclass(frozen=True)
class Line:
    """Equal intervals that cover a line, or a circle, of blocks; those of a circle may wrap.

    Attributes:
        blocks: of the whole line.
        size: of each interval; the whole line, if that is shorter.
        overlap: blocks that neighbours share, at least; at most half of `size`.
        periodic: whether it is a circle.
        factor: cells a block has.
    """

    blocks: int
    size: int
    overlap: int
    periodic: bool
    factor: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """First block of each interval."""
        room = self.blocks - self.size
        if room <= 0:
            return np.zeros(1, np.int64)
        stride = self.size - self.overlap
        if self.periodic:
            count = -(-self.blocks // stride)
            return np.arange(count) * self.blocks // count
        return np.rint(np.linspace(0, room, 1 + -(-room // stride))).astype(np.int64)

    def index(self, start: int) -> NDArray[np.int64]:
        """Blocks of the interval that starts at block `start`."""
        return (start + np.arange(min(self.size, self.blocks))) % self.blocks

    def cells(self, start: int) -> NDArray[np.int64]:
        """Cells of the interval that starts at block `start`."""
        return (self.index(start)[:, None] * self.factor + np.arange(self.factor)).ravel()

    def weights(self) -> NDArray[np.float64]:
        """Weight of each interval's cells [intervals, cells], which sum to 1 on every cell."""
        places = np.stack([self.cells(start) for start in self.starts])
        inside = np.arange(places.shape[1]) + 0.5
        ramp = max(self.factor * self.overlap, 0.5)
        climb = np.clip(np.minimum(inside, inside[::-1]) / ramp, 0, 1)
        window = np.sin(climb * np.pi / 2) ** 2
        total = np.bincount(places.ravel(), np.tile(window, len(places)))
        return window / total[places]


class Tiling:
    """Tiles of size × size blocks over rows and columns, in reading order.

    Args:
        problem: whose grid is cut, or any other on the same grid.
        size: blocks on each side of a tile; fewer where the whole field has fewer.
        overlap: blocks that neighbouring tiles share, at least.

    Raises:
        BadConfig: if the overlap is negative or more than half of the size.
    """

    def __init__(self, problem: LowResolution, size: int = 32, overlap: int = 8):
        if not 0 <= 2 * overlap <= size or size < 1:
            raise BadConfig(
                f"tiles of {size} blocks that overlap by {overlap}",
                where="tiles",
                fix="let the overlap be at most half of the size",
            )
        rows, columns = problem.value.shape
        self.shape = problem.ocean.shape
        down = Line(rows, size, overlap, False, problem.factor)
        across = Line(columns, size, overlap, problem.grid.periodic, problem.factor)
        pairs = list(product(down.starts, across.starts))
        self.blocks: list[Index] = [np.ix_(down.index(i), across.index(j)) for i, j in pairs]
        self.cells: list[Index] = [np.ix_(down.cells(i), across.cells(j)) for i, j in pairs]
        self.weights = list(product(down.weights(), across.weights()))

    def __len__(self) -> int:
        return len(self.cells)

    def cut(self, problem: LowResolution) -> Iterator[LowResolution]:
        """The tiles of a problem one after another, some of them perhaps all land."""
        return (self.tile(problem, number) for number in range(len(self)))

    def tile(self, problem: LowResolution, number: int) -> LowResolution:
        """Tile `number` of a problem.

        The longitudes of a tile across ±180° are turned, so that they ascend through 0.
        """
        blocks, cells = self.blocks[number], self.cells[number]
        down, across = (axis.ravel() for axis in cells)
        longitude = problem.grid.longitude[across]
        if np.any(np.diff(longitude) < 0):
            middle = longitude[0] + (longitude[-1] - longitude[0]) % 360 / 2
            longitude = wrap_longitude(longitude - middle)
        return replace(
            problem,
            value=problem.value[blocks],
            s_y=problem.s_y[blocks],
            ocean=problem.ocean[cells],
            grid=LatLonGrid(problem.grid.latitude[down], longitude),
            case=f"{problem.case}[{number}]",
        )

    def part(self, field: NDArray, number: int) -> NDArray:
        """The cells of tile `number` of a field [..., H, W]."""
        return field[..., *self.cells[number]]
