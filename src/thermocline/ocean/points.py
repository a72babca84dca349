"""Trilinear interpolation from a grid to points, as one sparse matrix."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from thermocline.ocean.axes import bracket
from thermocline.ocean.grid import Grid
from thermocline.ocean.operators import Footprints, three


class Points(Footprints):
    """Values at positions and depths between cell centres; an `Operator`."""

    @classmethod
    def at(
        cls,
        latitude: ArrayLike,
        longitude: ArrayLike,
        depth: ArrayLike,
        grid: Grid,
        levels: ArrayLike,
        ocean: NDArray[np.bool_],
        channels: Sequence[int] | None = None,
    ) -> "Points":
        """The points [n] at these degrees and metres.

        Weights over land are given to the sea beside it. Beyond the first and last level, row and
        column the nearest one holds. A point has no weight at all if none of its eight corners
        is sea (see `reached`); every other row of the matrix sums to one.

        Args:
            levels: depths of the levels, ascending, in metres.
            ocean: where there is sea, [C, H, W].
            channels: which channel each level is; the first ones, in order, if None.
        """
        rows, columns = grid.shape
        levels = np.asarray(levels, np.float64)
        of_level = np.arange(levels.size) if channels is None else np.asarray(channels)
        level, w_level = bracket(levels, depth)
        (row, w_row), (column, w_column) = grid.bracket(latitude, longitude)
        index, values = [], []
        for dz in (0, 1):
            k = of_level[np.minimum(level + dz, levels.size - 1)]
            for dy in (0, 1):
                j = np.minimum(row + dy, rows - 1)
                for dx in (0, 1):
                    i = (column + dx) % columns
                    part = np.abs(1 - dz - w_level) * np.abs(1 - dy - w_row)
                    index.append((k * rows + j) * columns + i)
                    values.append(part * np.abs(1 - dx - w_column) * ocean[k, j, i])
        data = np.stack(values, 1)
        total = data.sum(1, keepdims=True)
        data = np.divide(data, total, out=np.zeros_like(data), where=total > 0)
        matrix = csr_array(
            (data.ravel(), np.stack(index, 1).ravel(), np.arange(len(data) + 1) * 8),
            shape=(len(data), ocean.size),
        )
        matrix.sum_duplicates()
        return cls(matrix, three(ocean.shape))
