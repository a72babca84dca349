"""Grids with latitudes as rows and longitudes as columns."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.ocean.axes import Bracket, Index, bracket, cell_edges, nearest, within
from thermocline.ocean.grid import digest_of
from thermocline.ocean.sphere import EARTH_RADIUS, wrap_longitude

SPHERE = {"grid_mapping_name": "latitude_longitude", "earth_radius": EARTH_RADIUS}
"""CF attributes of the grid mapping of latitudes and longitudes."""


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
        """Whether the columns close the circle: no two neighbours are much the farthest apart.

        The last and the first are neighbours too. Where the widest step is half as long again as
        every other, it is the outside of a region.
        """
        second, widest = np.sort(self._steps())[-2:]
        return bool(widest < 1.5 * second)

    def same(self, other: "LatLonGrid") -> bool:
        """Whether the two grids have the same cells, to 1e-4 degrees."""
        return self.shape == other.shape and bool(
            np.abs(self.latitude - other.latitude).max() <= 1e-4
            and np.abs(self.longitude - other.longitude).max() <= 1e-4
        )

    def cell_area(self) -> NDArray[np.float64]:
        """Area of every cell [H, W], in square metres: R² Δλ (sin φ_north − sin φ_south).

        Read-only: it is computed once, as scores ask for it of every answer.
        """
        return self._area

    @cached_property
    def _area(self) -> NDArray[np.float64]:
        south, north = cell_edges(self.latitude, -90, 90)
        west, east = self._sides()
        band = np.sin(np.radians(north)) - np.sin(np.radians(south))
        area = EARTH_RADIUS**2 * band[:, None] * np.radians(east - west)[None, :]
        area.flags.writeable = False
        return area

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
        west, east = self._region()
        return inside & within(self._together(wrap_longitude(longitude)), west[0], east[-1])

    def bracket(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Bracket, Bracket]:
        """The rows and the columns whose centres lie around each point; see `Grid`."""
        rows = bracket(self.latitude, latitude)
        if self.periodic:
            column, weight = bracket(self._around(), wrap_longitude(longitude))
            return rows, (column - 1, weight)
        centres = np.sort(self._together(self.longitude))
        column, weight = bracket(centres, self._together(wrap_longitude(longitude)))
        column = column + np.searchsorted(self.longitude, self._cut())
        last = self.longitude.size - 1
        return rows, (np.where(column < last, column, column - last - 1), weight)

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
            first = np.searchsorted(self.longitude, self._cut())
            turn = self._together(self.longitude) - self.longitude
            west, east = (np.roll(edges, first) - turn for edges in self._region())
            return west, east
        around = self._around()
        edges = (around[1:] + around[:-1]) / 2
        return edges[:-1], edges[1:]

    def _steps(self) -> NDArray[np.floating]:
        """Degrees from each column to the next one, of the last to the first."""
        return np.diff(self.longitude, append=self.longitude[:1] + 360)

    def _cut(self) -> float:
        """Where the outside of a region begins a turn: −180, or within it if that is inside."""
        widest = int(np.argmax(self._steps()))
        if widest == self.longitude.size - 1:
            return -180.0
        return float(self.longitude[widest : widest + 2].mean())

    def _together(self, longitude: NDArray) -> NDArray:
        """Longitudes in a turn that no column of a region is parted by."""
        return np.where(longitude < self._cut(), longitude + 360, longitude)

    def _region(self) -> tuple[NDArray, NDArray]:
        """West and east edges of a region's columns from west to east."""
        cut = self._cut()
        return cell_edges(np.sort(self._together(self.longitude)), cut, cut + 360)

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
