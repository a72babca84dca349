"""Grids: cells, their areas and centres, and which cell a point is in.

`Grid` is what any code may expect of a grid. `LatLonGrid` has latitudes as rows and longitudes as
columns; `thermocline.ocean.projected.ProjectedGrid` lies on a map projection.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData

EARTH_RADIUS = 6_371_000.0
"""Mean radius of the Earth, in metres."""
SPHERE = {"grid_mapping_name": "latitude_longitude", "earth_radius": EARTH_RADIUS}
"""CF attributes of the grid mapping of latitudes and longitudes."""


def wrap_longitude(longitude: ArrayLike) -> NDArray[np.float64]:
    """Longitudes in [−180, 180), whichever convention they came in."""
    return (np.asarray(longitude, dtype=np.float64) + 180.0) % 360.0 - 180.0


def great_circle_distance(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Distance on the sphere, in metres, of points given in degrees; shapes broadcast."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((phi2 - phi1) / 2) ** 2
    half = (
        half + np.cos(phi1) * np.cos(phi2) * np.sin((np.radians(lon2) - np.radians(lon1)) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def unit_vectors(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Points on the unit sphere [..., 3] of points [...] in degrees."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


Index = NDArray[np.int64]
Bracket = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Index of the centre before each point, and the weight (0…1) of the centre after it."""


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


@dataclass(frozen=True, eq=False)
class LatLonGrid:
    """Cell centres in degrees: `latitude` [H] and `longitude` [W] in [−180, 180), ascending."""

    latitude: NDArray[np.floating]
    longitude: NDArray[np.floating]

    def __post_init__(self) -> None:
        for name, values, bound in (
            ("latitude", self.latitude, 90),
            ("longitude", self.longitude, 180),
        ):
            if values.ndim != 1 or values.size < 2 or not np.all(np.diff(values) > 0):
                raise BadData(f"{name} is not strictly ascending", where="grid")
            if values[0] < -bound or values[-1] > bound:
                raise BadData(
                    f"{name} runs from {values[0]} to {values[-1]}",
                    where="grid",
                    fix=f"{name} lies between −{bound} and {bound}",
                )

    @classmethod
    def regular(cls, rows: int, columns: int) -> "LatLonGrid":
        """The global grid of `rows` × `columns` equal steps, centres half a step off the edges."""
        dy, dx = 180 / rows, 360 / columns
        return cls(-90 + dy * (np.arange(rows) + 0.5), -180 + dx * (np.arange(columns) + 0.5))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, (H, W)."""
        return self.latitude.size, self.longitude.size

    @property
    def dims(self) -> tuple[str, str]:
        """Names of the dimensions."""
        return "latitude", "longitude"

    @property
    def periodic(self) -> bool:
        """Whether the columns close the circle: the last is as far from the first as the others."""
        steps = np.diff(self.longitude, append=self.longitude[0] + 360)
        return bool(steps[-1] < 1.5 * steps[:-1].max())

    def same(self, other: "LatLonGrid") -> bool:
        """Whether the two grids have the same cells, to 1e-4 degrees."""
        return self.shape == other.shape and bool(
            np.abs(self.latitude - other.latitude).max() <= 1e-4
            and np.abs(self.longitude - other.longitude).max() <= 1e-4
        )

    def cell_area(self) -> NDArray[np.float64]:
        """Area of every cell [H, W], in square metres: R² Δλ (sin φ_north − sin φ_south)."""
        south, north = cell_edges(self.latitude, -90, 90)
        west, east = self._sides()
        band = np.sin(np.radians(north)) - np.sin(np.radians(south))
        return EARTH_RADIUS**2 * band[:, None] * np.radians(east - west)[None, :]

    def centres(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Latitude and longitude of every cell's centre, each [H, W]."""
        latitude, longitude = np.broadcast_arrays(self.latitude[:, None], self.longitude[None, :])
        return latitude, longitude

    def locate(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Index, Index]:
        """Row and column of the cell that holds each point, or of the nearest one to it."""
        rows = nearest(self.latitude, np.asarray(latitude, dtype=np.float64))
        columns = nearest(self._around(), wrap_longitude(longitude)) - 1
        return rows, columns % self.longitude.size

    def contains(self, latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point lies in a cell of the grid."""
        south, north = cell_edges(self.latitude, -90, 90)
        inside = within(latitude, south[0], north[-1])
        if self.periodic:
            return inside & np.isfinite(np.asarray(longitude, np.float64))
        west, east = self._sides()
        return inside & within(wrap_longitude(longitude), west[0], east[-1])

    def bracket(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Bracket, Bracket]:
        """The rows and the columns whose centres lie around each point; see `Grid`."""
        rows = bracket(self.latitude, latitude)
        if not self.periodic:
            return rows, bracket(self.longitude, wrap_longitude(longitude))
        column, weight = bracket(self._around(), wrap_longitude(longitude))
        return rows, (column - 1, weight)

    def coordinates(self) -> dict[str, Any]:
        """CF coordinates `latitude` and `longitude` with their bounds, and `crs`, a sphere."""
        made = horizontal(self.latitude, self.longitude)
        ends = {"latitude": cell_edges(self.latitude, -90, 90), "longitude": self._sides()}
        for name, edges in ends.items():
            made[f"{name}_bnds"] = ((name, "bnds"), np.stack(edges, axis=1))
        return {**made, "crs": ((), np.int32(0), dict(SPHERE))}

    def describe(self) -> dict[str, Any]:
        """Plain JSON values from which `grid_from_description` makes the same grid."""
        return {
            "kind": "latitude_longitude",
            "latitude": self.latitude.tolist(),
            "longitude": self.longitude.tolist(),
        }

    def digest(self) -> str:
        """SHA-256 of the description."""
        return digest_of(self.describe())

    def _sides(self) -> tuple[NDArray, NDArray]:
        """West and east edge of every column; of a closed circle the last ends where the first
        begins, which may lie beyond ±180."""
        if not self.periodic:
            return cell_edges(self.longitude, -180, 180)
        around = self._around()
        edges = (around[1:] + around[:-1]) / 2
        return edges[:-1], edges[1:]

    def _around(self) -> NDArray[np.floating]:
        """Longitudes with the last before the first and the first after the last, [W + 2]."""
        return np.concatenate([self.longitude[-1:] - 360, self.longitude, self.longitude[:1] + 360])


def horizontal(latitude: NDArray, longitude: NDArray) -> dict[str, Any]:
    """CF coordinates in degrees, [H] and [W]; bounds are `latitude_bnds` and `longitude_bnds`."""
    facts = (
        ("latitude", latitude, "degrees_north", "Y"),
        ("longitude", longitude, "degrees_east", "X"),
    )
    return {
        name: (
            name,
            values,
            {
                "standard_name": name,
                "long_name": name.capitalize(),
                "units": units,
                "axis": axis,
                "bounds": f"{name}_bnds",
            },
        )
        for name, values, units, axis in facts
    }


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
