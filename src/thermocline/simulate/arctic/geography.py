"""Where the simulated Arctic Ocean is, and places on its map.

Coastlines come from the global-land-mask library; a cell is sea where more than half of it is.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj
from scipy.ndimage import label

from thermocline.ocean.projected import ProjectedGrid
from thermocline.ocean.sea_mask import is_sea_at

CRS_NAME = "EPSG:3413"
CELL = 100e3  # metres
CELLS = 64  # on a side
SOUTH = 400e3  # metres from the pole to the map's middle, so that Labrador joins Baffin Bay
SUBSAMPLES = 10  # per cell and direction

Places = tuple[tuple[float, float], ...]
"""A path on the Earth: latitudes and longitudes in degrees."""


@dataclass(frozen=True, eq=False)
class Arctic:
    """The simulated sea's shape.

    Attributes:
        grid: H × W cells on a map of the north.
        sea: where there is water, joined to the rest of it [H, W].
        latitude, longitude: of the cells' centres [H, W], degrees.
        area: of the cells [H, W], m².
        scale: metres on the map per metre on the Earth, at the cells' centres [H, W].
    """

    grid: ProjectedGrid
    sea: NDArray[np.bool_]
    latitude: NDArray[np.floating]
    longitude: NDArray[np.floating]
    area: NDArray[np.float64]
    scale: NDArray[np.float64]

    def near(self, path: Places, width: float) -> NDArray[np.float64]:
        """1 on a path and a Gaussian's fall beside it [H, W]; `width` in metres."""
        return np.exp(-0.5 * (self._distances(path)[0].min(axis=0) / width) ** 2)

    def along(self, path: Places, width: float) -> NDArray[np.float64]:
        """Unit vectors along a path [2, H, W], with the fall of `near` beside it."""
        distances, directions = self._distances(path)
        weights = np.exp(-0.5 * ((distances**2 - distances.min(axis=0) ** 2) / width**2))
        mean = np.einsum("phw,cp->chw", weights, directions) / weights.sum(axis=0)
        return mean * np.exp(-0.5 * (distances.min(axis=0) / width) ** 2)

    def _distances(self, path: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Metres on the map from points every 50 km of a path [P, H, W]; directions [2, P]."""
        latitude, longitude = np.array(path, dtype=float).reshape(-1, 2).T
        corners = np.stack(self.grid.project(latitude, longitude), axis=1)
        if len(corners) == 1:
            points, directions = corners, np.zeros((2, 1))
        else:
            parts = []
            for start, end in pairwise(corners):
                count = max(int(np.hypot(*(end - start)) / 50e3), 1)
                steps = (np.arange(count) + 0.5)[:, None] / count
                unit = (end - start) / np.hypot(*(end - start))
                parts.append(np.hstack([start + steps * (end - start), np.tile(unit, (count, 1))]))
            whole = np.concatenate(parts)
            points, directions = whole[:, :2], whole[:, 2:].T
        x, y = np.meshgrid(self.grid.x, self.grid.y)
        return np.hypot(x - points[:, :1, None], y - points[:, 1:, None]), directions


def make_arctic() -> Arctic:
    """The Arctic Ocean with the seas around it, from the Bering Sea to Iceland and Labrador."""
    axis = CELL * (np.arange(CELLS) - (CELLS - 1) / 2)
    return arctic_of(ProjectedGrid(axis, axis - SOUTH, CRS_NAME))


def arctic_of(grid: ProjectedGrid, sea: NDArray[np.bool_] | None = None) -> Arctic:
    """The shape of a grid's sea; `sea` [H, W] replaces the real coast, for tests."""
    latitude, longitude = grid.centres()
    factors = Proj(CRS(grid.crs)).get_factors(longitude, np.clip(latitude, -90, 90 - 1e-4))
    return Arctic(
        grid,
        _coast(grid) if sea is None else sea,
        latitude,
        longitude,
        grid.cell_area(),
        np.sqrt(factors.areal_scale),
    )


def _coast(grid: ProjectedGrid) -> NDArray[np.bool_]:
    step = grid.x[1] - grid.x[0]
    within = step * ((np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5)
    fine = ProjectedGrid(
        (grid.x[:, None] + within).ravel(), (grid.y[:, None] + within).ravel(), grid.crs
    )
    rows, columns = grid.shape
    wet = is_sea_at(*fine.centres()).astype(float)
    share = wet.reshape(rows, SUBSAMPLES, columns, SUBSAMPLES).mean(axis=(1, 3))
    parts, _ = label(share > 0.5)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())
