"""Sparse remapping weights W [target, source] between grids; `regrid` applies them."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, kron
from scipy.spatial import cKDTree

from thermocline.errors import BadData
from thermocline.ocean.axes import cell_edges
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors

Method = Literal["bilinear", "conservative", "nearest"]

NEIGHBOURS = 4
"""Source cells an inverse-distance weight is made of."""


def first_column(longitude: NDArray) -> int:
    """Where to cut a circle of ascending longitudes: at ±180, unless a wider gap lies elsewhere.

    A region across the date line is one piece only when cut on its far side.
    """
    seam = longitude[0] + 360 - longitude[-1]
    gaps = np.diff(longitude)
    return int(np.argmax(gaps)) + 1 if gaps.max() > 1.5 * seam else 0


def _closes(longitude: NDArray) -> bool:
    """Whether unwrapped longitudes go round the globe."""
    return bool(longitude[0] + 360 - longitude[-1] < 1.5 * np.diff(longitude).max())


def rectilinear(
    latitude: NDArray, longitude: NDArray, target: LatLonGrid, method: Method
) -> csr_array:
    """Weights from ascending 1-D coordinates; longitudes unwrapped, so they may exceed 180.

    `conservative` gives areas in m², the others sum to one where the source reaches.
    """
    if method == "conservative":
        bands = [np.stack(cell_edges(lat, -90, 90)) for lat in (target.latitude, latitude)]
        band = _overlap(*(np.sin(np.radians(edges)) for edges in bands))
        edges = [np.radians(_open_edges(lon)) for lon in (target.longitude, longitude)]
        # A cell may reach over the date line: also meet the source one turn east and west.
        strip = sum(_overlap(edges[0], edges[1] + turn) for turn in (-2 * np.pi, 0, 2 * np.pi))
        return csr_array(kron(band, strip, format="csr")) * EARTH_RADIUS**2
    rows = _linear(latitude, target.latitude)
    west = longitude[0] - np.diff(longitude).max() / 2
    east = west + (target.longitude - west) % 360
    columns = _linear(longitude, east, closed=_closes(longitude))
    if method == "nearest":
        rows, columns = _sharpen(rows), _sharpen(columns)
    return csr_array(kron(rows, columns, format="csr"))


def _open_edges(centres: NDArray) -> NDArray:
    """West and east edges [2, n] of unwrapped longitude cells, without a cut at ±180."""
    west, east = cell_edges(centres, -np.inf, np.inf)
    if _closes(centres):
        # First and last cell share an edge.
        seam = (centres[-1] - 360 + centres[0]) / 2
        west[0], east[-1] = seam, seam + 360
    return np.stack([west, east])


def _overlap(target: NDArray, source: NDArray) -> csr_array:
    """Length shared by each pair of intervals, [2, T] × [2, S] -> [T, S]."""
    low = np.maximum(target[0][:, None], source[0])
    high = np.minimum(target[1][:, None], source[1])
    return csr_array(np.maximum(high - low, 0.0))


def _linear(source: NDArray, target: NDArray, closed: bool = False) -> csr_array:
    """Weights of linear interpolation; the outermost half cells take the nearest centre."""
    count, number = source.size, np.arange(source.size)
    if closed:
        source = np.concatenate([source[-1:] - 360, source, source[:1] + 360])
        number = np.concatenate([number[-1:], number, number[:1]])
    step = np.diff(source)
    below = np.clip(np.searchsorted(source, target, side="right") - 1, 0, source.size - 2)
    weight = np.clip((target - source[below]) / step[below], 0, 1)
    inside = (target >= source[0] - 0.5001 * step[0]) & (target <= source[-1] + 0.5001 * step[-1])
    rows = np.arange(target.size)
    values = np.concatenate([(1 - weight) * inside, weight * inside])
    places = (np.tile(rows, 2), np.concatenate([number[below], number[below + 1]]))
    matrix = csr_array((values, places), shape=(target.size, count))
    matrix.eliminate_zeros()
    return matrix


def _sharpen(weights: csr_array) -> csr_array:
    dense = weights.toarray()
    sharp = np.zeros_like(dense)
    rows = np.flatnonzero(dense.sum(axis=1) > 0)
    sharp[rows, dense[rows].argmax(axis=1)] = 1.0
    return csr_array(sharp)


def scattered(
    latitude: NDArray, longitude: NDArray, target: LatLonGrid, method: Method
) -> csr_array:
    """Weights from 2-D coordinates (NaN where a model has no point), by distance on the sphere."""
    if method == "conservative":
        raise BadData(
            "conservative remapping needs a rectilinear source",
            where="regridding",
            fix="use method 'bilinear' or 'nearest' for a curvilinear grid",
        )
    known = np.flatnonzero(np.isfinite(latitude.ravel()) & np.isfinite(longitude.ravel()))
    near = 1 if method == "nearest" else min(NEIGHBOURS, known.size)
    rows, columns, values = _inverse_distance(latitude, longitude, known, target, near)
    if method == "bilinear":
        # Where the source is the finer one, the mean of what lies in a cell stands for it.
        known = known[target.contains(latitude.ravel()[known], longitude.ravel()[known])]
        row, column = target.locate(latitude.ravel()[known], longitude.ravel()[known])
        cell = row * target.shape[1] + column
        averaged = np.bincount(cell, minlength=np.prod(target.shape)) >= NEIGHBOURS
        rest, inside = ~averaged[rows], averaged[cell]
        rows = np.concatenate([rows[rest], cell[inside]])
        columns = np.concatenate([columns[rest], known[inside]])
        values = np.concatenate([values[rest], np.ones(inside.sum())])
    shape = (int(np.prod(target.shape)), latitude.size)
    matrix = csr_array((values, (rows, columns)), shape=shape)
    matrix.eliminate_zeros()
    return matrix


def _inverse_distance(
    latitude: NDArray, longitude: NDArray, known: NDArray, target: LatLonGrid, near: int
) -> tuple[NDArray, NDArray, NDArray]:
    """Target cell, source cell and weight of the `near` closest sources of every target."""
    points = unit_vectors(latitude.ravel(), longitude.ravel())[known]
    tree = cKDTree(points)
    # A target further from any source than its neighbours' spacing lies outside the source.
    spacing = np.median(tree.query(points, k=2)[0][:, 1])
    target_step = np.radians(max(np.diff(target.latitude).max(), np.diff(target.longitude).max()))
    reach = 2 * max(spacing, target_step / 2)
    distance, index = tree.query(
        unit_vectors(*target.centres()).reshape(-1, 3),
        k=[*range(1, near + 1)],
        distance_upper_bound=reach,
    )
    found = np.isfinite(distance)
    inverse = np.where(found, 1 / np.maximum(distance, 1e-9), 0.0)
    total = inverse.sum(axis=1, keepdims=True)
    values = np.divide(inverse, total, out=np.zeros_like(inverse), where=total > 0)
    rows = np.repeat(np.arange(len(index)), near)
    return rows, known[np.where(found, index, 0).ravel()], values.ravel()
