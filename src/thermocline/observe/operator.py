"""Trilinear interpolation from the model's grid to points, as one sparse matrix."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from thermocline.ocean.grid import Grid, bracket


def interpolation_matrix(
    latitude: NDArray,
    longitude: NDArray,
    depth: NDArray,
    grid: Grid,
    levels: NDArray,
    ocean: NDArray[np.bool_],
) -> csr_array:
    """H [n, C·H·W] with H x = x at the points; weights over land are given to the sea beside it.

    Longitude is periodic. Beyond the first and last level and row the nearest one holds. A row
    is zero if none of its eight corners is sea; every other row sums to one.
    """
    rows, columns = grid.shape
    level, w_level = bracket(levels, depth)
    (row, w_row), (west, weight) = grid.bracket(latitude, longitude)
    index, values = [], []
    for dz in (0, 1):
        k = np.minimum(level + dz, len(levels) - 1)
        for dy in (0, 1):
            j = np.minimum(row + dy, rows - 1)
            for dx in (0, 1):
                i = (
                    np.minimum(west + dx, columns - 1)
                    if not grid.periodic
                    else (west + dx) % columns
                )
                part = (
                    np.abs(1 - dz - w_level) * np.abs(1 - dy - w_row) * np.abs(1 - dx - weight)
                ) * ocean[k, j, i]
                index.append((k * rows + j) * columns + i)
                values.append(part)
    data = np.stack(values, 1)
    total = data.sum(1, keepdims=True)
    data = np.divide(data, total, out=np.zeros_like(data), where=total > 0)
    count = data.shape[0]
    pointers = np.arange(count + 1) * 8
    matrix = csr_array(
        (data.ravel(), np.stack(index, 1).ravel(), pointers), shape=(count, ocean.size)
    )
    matrix.sum_duplicates()
    return matrix
