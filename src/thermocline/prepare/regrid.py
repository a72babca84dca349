"""Land-aware horizontal remapping with sparse-matrix weights.

W [target, source] holds nonnegative weights. With v the validity (0 or 1) of source cells,

    target = (W (v x)) / (W v)   where (W v) / (W 1) ≥ `minimum_valid`, else missing,

so land never mixes into the sea and a mask may differ at every time and level. For
`conservative` W is the area shared by each pair of cells, for which Σ target · (W v) equals
Σ source · area over the valid source cells, to rounding (Jones, 1999, first order).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, kron
from scipy.spatial import cKDTree

from thermocline.errors import BadData
from thermocline.ocean.grid import EARTH_RADIUS, Grid, cell_edges, wrap_longitude

Method = Literal["bilinear", "conservative", "nearest"]

NEIGHBOURS = 4
"""Source cells an inverse-distance weight is made of."""


class Regridder:
    """Remaps fields [..., h, w] from a source to a target grid; weights are made once.

    Args:
        latitude, longitude: cell centres of the source in degrees, either both 1-D (rectilinear,
            any order and longitude convention) or both 2-D [h, w] (curvilinear).
        target: the grid to map to.
        method: `bilinear`, `conservative` (rectilinear sources only) or `nearest`. On a
            curvilinear source `bilinear` is inverse-distance weighting of the four nearest cells.
        minimum_valid: smallest share of a target's weight that must be valid.

    Raises:
        BadData: for coordinates that describe no grid, or a method that does not fit them.
    """

    def __init__(
        self,
        latitude: NDArray,
        longitude: NDArray,
        target: Grid,
        method: Method = "bilinear",
        minimum_valid: float = 0.5,
    ):
        latitude = np.asarray(latitude, dtype=np.float64)
        longitude = wrap_longitude(longitude)
        _check(latitude, longitude)
        self.target, self.method, self.minimum_valid = target, method, minimum_valid
        self.identity = False
        self.order: tuple[NDArray, NDArray] | None = None
        if latitude.ndim == 1:
            self.source_shape = (latitude.size, longitude.size)
            rows, columns = np.argsort(latitude), np.argsort(longitude)
            latitude, longitude = latitude[rows], longitude[columns]
            if not (np.all(np.diff(rows) > 0) and np.all(np.diff(columns) > 0)):
                self.order = (rows, columns)
            source = Grid(latitude, longitude)
            self.identity = source.same(target)
            self.weights = _rectilinear(source, target, method)
        else:
            self.source_shape = latitude.shape
            self.weights = _scattered(latitude, longitude, target, method)
        self.full = self.weights.sum(axis=1)

    def __call__(self, field: NDArray) -> NDArray[np.float64]:
        """Remap a field [..., h, w] with NaN where missing to [..., H, W], likewise."""
        field = np.asarray(field)
        if field.shape[-2:] != self.source_shape:
            raise BadData(
                f"a field of {field.shape[-2:]} cells on a grid of {self.source_shape}",
                where="regridding",
                fix="give the field on the grid the regridder was made for",
            )
        if self.order is not None:
            field = field[..., self.order[0][:, None], self.order[1]]
        if self.identity:
            return field.astype(np.float64)
        flat = field.reshape(-1, self.weights.shape[1]).T
        valid = np.isfinite(flat)
        total = self.weights @ np.where(valid, flat, 0.0).astype(np.float64)
        share = self.weights @ valid.astype(np.float64)
        enough = (share >= self.minimum_valid * self.full[:, None] - 1e-12) & (share > 0)
        result = np.divide(total, share, out=np.full_like(total, np.nan), where=enough)
        return result.T.reshape(*field.shape[:-2], *self.target.shape)

    def weight_of(self, valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """W v of one mask [h, w] as [H, W]: for `conservative`, the valid area in m²."""
        if self.order is not None:
            valid = valid[self.order[0][:, None], self.order[1]]
        return (self.weights @ valid.reshape(-1).astype(np.float64)).reshape(self.target.shape)


def _check(latitude: NDArray, longitude: NDArray) -> None:
    where = "source grid"
    if latitude.ndim not in (1, 2) or latitude.ndim != longitude.ndim:
        raise BadData("latitude and longitude must both be 1-D or both 2-D", where=where)
    if latitude.ndim == 2 and latitude.shape != longitude.shape:
        raise BadData(f"latitude {latitude.shape} but longitude {longitude.shape}", where=where)
    if not np.isfinite(latitude).all() and latitude.ndim == 1:
        raise BadData("latitude has missing values", where=where)
    if np.nanmax(np.abs(latitude)) > 90:
        raise BadData(
            f"latitude {latitude.ravel()[np.nanargmax(np.abs(latitude))]:g}",
            where=where,
            fix="latitude lies between −90 and 90",
        )


def _rectilinear(source: Grid, target: Grid, method: Method) -> csr_array:
    if method == "conservative":
        south, north = cell_edges(source.latitude, -90, 90)
        t_south, t_north = cell_edges(target.latitude, -90, 90)
        band = _overlap(np.sin(np.radians([t_south, t_north])), np.sin(np.radians([south, north])))
        edges = [np.radians(_open_edges(grid.longitude)) for grid in (target, source)]
        # A cell may reach over the date line: also meet the source one turn east and west.
        strip = sum(_overlap(edges[0], edges[1] + turn) for turn in (-2 * np.pi, 0, 2 * np.pi))
        return csr_array(kron(band, strip, format="csr")) * EARTH_RADIUS**2
    rows = _linear(source.latitude, target.latitude)
    columns = _linear(source.longitude, target.longitude, period=360.0)
    if method == "nearest":
        rows, columns = _sharpen(rows), _sharpen(columns)
    return csr_array(kron(rows, columns, format="csr"))


def _open_edges(centres: NDArray) -> NDArray:
    """West and east edges [2, n] of longitude cells, without a cut at ±180."""
    west, east = cell_edges(centres, -np.inf, np.inf)
    if 360 - (centres[-1] - centres[0]) < 1.5 * np.diff(centres).max():
        # A grid round the globe closes on itself: first and last cell share an edge.
        seam = (centres[-1] - 360 + centres[0]) / 2
        west[0], east[-1] = seam, seam + 360
    return np.stack([west, east])


def _overlap(target: NDArray, source: NDArray) -> csr_array:
    """Length shared by each pair of intervals, [2, T] × [2, S] -> [T, S]."""
    low = np.maximum(target[0][:, None], source[0])
    high = np.minimum(target[1][:, None], source[1])
    return csr_array(np.maximum(high - low, 0.0))


def _linear(source: NDArray, target: NDArray, period: float | None = None) -> csr_array:
    """Weights of linear interpolation; the outermost half cells take the nearest centre."""
    count, number = source.size, np.arange(source.size)
    step = np.diff(source)
    if period is not None and period - (source[-1] - source[0]) < 1.5 * step.max():
        source = np.concatenate([source[-1:] - period, source, source[:1] + period])
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


def _unit_vectors(latitude: NDArray, longitude: NDArray) -> NDArray:
    phi, lam = np.radians(latitude).ravel(), np.radians(longitude).ravel()
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _scattered(latitude: NDArray, longitude: NDArray, target: Grid, method: Method) -> csr_array:
    if method == "conservative":
        raise BadData(
            "conservative remapping needs a rectilinear source",
            where="regridding",
            fix="use method 'bilinear' or 'nearest' for a curvilinear grid",
        )
    known = np.flatnonzero(np.isfinite(latitude.ravel()) & np.isfinite(longitude.ravel()))
    points = _unit_vectors(latitude, longitude)[known]
    tree = cKDTree(points)
    # A target further from any source than its neighbours' spacing lies outside the source.
    spacing = np.median(tree.query(points, k=2)[0][:, 1])
    target_step = np.radians(max(np.diff(target.latitude).max(), np.diff(target.longitude).max()))
    reach = 2 * max(spacing, target_step / 2)
    lat, lon = np.meshgrid(target.latitude, target.longitude, indexing="ij")
    near = 1 if method == "nearest" else min(NEIGHBOURS, known.size)
    distance, index = tree.query(
        _unit_vectors(lat, lon), k=[*range(1, near + 1)], distance_upper_bound=reach
    )
    found = np.isfinite(distance)
    inverse = np.where(found, 1 / np.maximum(distance, 1e-9), 0.0)
    total = inverse.sum(axis=1, keepdims=True)
    values = np.divide(inverse, total, out=np.zeros_like(inverse), where=total > 0)
    rows = np.repeat(np.arange(lat.size), near)
    columns = known[np.where(found, index, 0).ravel()]
    matrix = csr_array((values.ravel(), (rows, columns)), shape=(lat.size, latitude.size))
    matrix.eliminate_zeros()
    return matrix
