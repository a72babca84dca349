"""Regular latitude–longitude grids: cells, areas, distances, and which cell a point is in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData

EARTH_RADIUS = 6_371_000.0
"""Mean radius of the Earth, in metres."""


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
    def periodic(self) -> bool:
        """Whether the columns close the circle: the last is as far from the first as the others."""
        steps = np.diff(self.longitude, append=self.longitude[0] + 360)
        return bool(steps[-1] < 1.5 * steps[:-1].max())

    def same(self, other: "LatLonGrid") -> bool:
        """Whether the two grids have the same cells, to 1e-4 degrees."""
        return self.shape == other.shape and bool(
            np.allclose(self.latitude, other.latitude, atol=1e-4)
            and np.allclose(self.longitude, other.longitude, atol=1e-4)
        )

    def cell_area(self) -> NDArray[np.float64]:
        """Area of every cell [H, W], in square metres: R² Δλ (sin φ_north − sin φ_south)."""
        south, north = cell_edges(self.latitude, -90, 90)
        west, east = cell_edges(self.longitude, -180, 180)
        band = np.sin(np.radians(north)) - np.sin(np.radians(south))
        return EARTH_RADIUS**2 * band[:, None] * np.radians(east - west)[None, :]

    def locate(
        self, latitude: ArrayLike, longitude: ArrayLike
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of the cell that holds each point (longitude is periodic)."""
        rows = _nearest(self.latitude, np.asarray(latitude, dtype=np.float64))
        lon = wrap_longitude(longitude)
        extended = np.concatenate(
            [self.longitude[-1:] - 360, self.longitude, self.longitude[:1] + 360]
        )
        columns = (_nearest(extended, lon) - 1) % self.longitude.size
        return rows, columns


def cell_edges(centres: NDArray, low: float, high: float) -> tuple[NDArray, NDArray]:
    """Lower and upper edge of each cell around ascending centres, kept within [low, high]."""
    middle = (centres[1:] + centres[:-1]) / 2
    first, last = 1.5 * centres[0] - 0.5 * centres[1], 1.5 * centres[-1] - 0.5 * centres[-2]
    edges = np.clip(np.concatenate([[first], middle, [last]]), low, high)
    return edges[:-1], edges[1:]


def _nearest(ascending: NDArray, values: NDArray) -> NDArray[np.int64]:
    right = np.clip(np.searchsorted(ascending, values), 1, ascending.size - 1)
    left = right - 1
    return np.where(values - ascending[left] <= ascending[right] - values, left, right)
