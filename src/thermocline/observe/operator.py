"""Trilinear interpolation from the model's grid to points, as one sparse matrix."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from thermocline.ocean.grid import LatLonGrid, wrap_longitude


def interpolation_matrix(
    latitude: NDArray,
    longitude: NDArray,
    depth: NDArray,
    grid: LatLonGrid,
    levels: NDArray,
    ocean: NDArray[np.bool_],
) -> csr_array:
    """H [n, C·H·W] with H x = x at the points; weights over land are given to the sea beside it.

    Longitude is periodic. Beyond the first and last level and row the nearest one holds. A row
    is zero if none of its eight corners is sea; every other row sums to one.
    """
    rows, columns = grid.shape
    corners = []
    for centres, points in ((levels, depth), (grid.latitude, latitude)):
        corners.append(_bracket(np.asarray(centres, float), np.asarray(points, float)))
    extended = np.concatenate([grid.longitude[-1:] - 360, grid.longitude, grid.longitude[:1] + 360])
    west, weight = _bracket(extended, wrap_longitude(longitude))
    (level, w_level), (row, w_row) = corners
    index, values = [], []
    for dz in (0, 1):
        k = np.minimum(level + dz, len(levels) - 1)
        for dy in (0, 1):
            j = np.minimum(row + dy, rows - 1)
            for dx in (0, 1):
                i = (west + dx - 1) % columns
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


def _bracket(centres: NDArray, points: NDArray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index of the centre below each point and the weight (0…1) of the one above it."""
    if centres.size == 1:
        return np.zeros(points.shape, np.int64), np.zeros(points.shape)
    below = np.clip(np.searchsorted(centres, points, side="right") - 1, 0, centres.size - 2)
    weight = (points - centres[below]) / (centres[below + 1] - centres[below])
    return below, np.clip(weight, 0.0, 1.0)
