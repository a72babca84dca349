"""Where the simulated ocean is: real coastlines, and a sea floor guessed from them.

Coastlines come from the global-land-mask library. No bathymetry is bundled, so the floor's depth
is a function of the distance to the coast: a shelf, a slope, an abyss; the broad shelf seas that
this rule would make too deep are listed by hand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.spatial import cKDTree

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sea_mask import is_sea
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors

SUBSAMPLES = 10  # per cell and direction
SMALLEST_SEA = 12  # cells; smaller waters without a link to the ocean are lakes here
SHELF_SEAS = (  # south, north, west, east (degrees), greatest depth (m)
    (51, 58, -3, 9, 70.0),  # North Sea
    (54, 66, 10, 30, 90.0),  # Baltic
    (56, 66, -180, -158, 75.0),  # Bering shelf
    (69, 78, 45, 180, 120.0),  # Barents, Kara, Laptev, East Siberian
    (66, 72, -180, -156, 60.0),  # Chukchi
    (51, 66, -95, -77, 150.0),  # Hudson Bay
    (-8, 14, 100, 117, 70.0),  # Sunda
    (-18, -5, 124, 142, 80.0),  # Arafura, Gulf of Carpentaria
    (28, 41, 117, 126, 80.0),  # Yellow and East China Seas
    (-54, -37, -70, -58, 130.0),  # Patagonia
    (24, 30, 48, 56, 60.0),  # Persian Gulf
)


@dataclass(frozen=True, eq=False)
class Geography:
    """The simulated ocean's shape.

    Attributes:
        grid: H latitudes × W longitudes.
        depth: levels [C], metres positive down.
        ocean: where there is sea water [C, H, W]; a deeper level is never wider.
        across: place between the western (0) and eastern (1) shore along a parallel [H, W].
        nearest: per level, flat index of the nearest ocean cell of every cell [C, H, W].
        antarctica: land joined to the South Pole [H, W].
    """

    grid: LatLonGrid
    depth: NDArray[np.float64]
    ocean: NDArray[np.bool_]
    across: NDArray[np.float64]
    nearest: NDArray[np.int64]
    antarctica: NDArray[np.bool_]

    def fill(self, field: NDArray) -> NDArray:
        """`field` [≤ C, H, W] with every land value replaced by that of the nearest ocean cell."""
        levels = field.shape[0]
        nearest = self.nearest[:levels].reshape(levels, -1)
        return np.take_along_axis(field.reshape(levels, -1), nearest, axis=1).reshape(field.shape)


def make_geography(grid: LatLonGrid, depth: NDArray[np.float64]) -> Geography:
    """Coastline and floor on `grid`, at `depth` (metres, ascending)."""
    rows, columns = grid.shape
    fine = LatLonGrid.regular(rows * SUBSAMPLES, columns * SUBSAMPLES)
    wet = _wet(fine)
    floor = _floor(fine, wet)
    cells = (rows, SUBSAMPLES, columns, SUBSAMPLES)
    share = np.stack([(floor > z).reshape(cells).mean(axis=(1, 3)) for z in depth])
    share[0] = np.maximum(share[0], wet.reshape(cells).mean(axis=(1, 3)))
    ocean = share > 0.5
    ocean[0] = _without_lakes(ocean[0])
    ocean = np.logical_and.accumulate(ocean, axis=0)
    land_parts = _components(~ocean[0])
    return Geography(
        grid=grid,
        depth=np.asarray(depth, dtype=np.float64),
        ocean=ocean,
        across=_across(ocean[0]),
        nearest=np.stack([_nearest_ocean(grid, level) for level in ocean]),
        antarctica=~ocean[0] & (land_parts == land_parts[0, 0]),
    )


def _wet(fine: LatLonGrid) -> NDArray[np.bool_]:
    # The mask has holes in ice shelves near the Pole.
    return is_sea(fine.latitude, fine.longitude) & (fine.latitude > -84)[:, None]


def _floor(fine: LatLonGrid, wet: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Depth of the sea floor [h, w] in metres; 0 on land."""
    points = unit_vectors(*fine.centres())
    chord, _ = cKDTree(points[~wet]).query(points[wet])
    offshore = 2 * EARTH_RADIUS * np.arcsin(np.clip(chord / 2, 0, 1)) / 1000.0  # km
    floor = np.zeros(wet.shape)
    floor[wet] = np.interp(offshore, [0, 60, 110, 200, 400], [5, 120, 400, 2000, 4500])
    for south, north, west, east, deepest in SHELF_SEAS:
        lat = (fine.latitude >= south) & (fine.latitude <= north)
        lon = (fine.longitude >= west) & (fine.longitude <= east)
        box = np.ix_(lat, lon)
        floor[box] = np.minimum(floor[box], deepest)
    return floor


def _components(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Label of the connected part each true cell belongs to (longitude is periodic)."""
    parts, _ = label(mask)
    for west, east in zip(parts[:, 0], parts[:, -1], strict=True):
        if west and east and west != east:
            parts[parts == east] = west
    return np.asarray(parts, dtype=np.int64)


def _without_lakes(ocean: NDArray[np.bool_]) -> NDArray[np.bool_]:
    parts = _components(ocean)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return sizes[parts] >= min(SMALLEST_SEA, sizes.max())


def _across(ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    across = np.full(ocean.shape, 0.5)
    for row, wet in enumerate(ocean):
        shores = np.flatnonzero(~wet)
        for first, last in zip(shores, np.append(shores[1:], shores[:1] + wet.size), strict=True):
            width = last - first - 1
            if width > 0:
                columns = np.arange(first + 1, last) % wet.size
                across[row, columns] = (np.arange(width) + 0.5) / width
    return across


def _nearest_ocean(grid: LatLonGrid, ocean: NDArray[np.bool_]) -> NDArray[np.int64]:
    points = unit_vectors(*grid.centres())
    _, index = cKDTree(points[ocean]).query(points.reshape(-1, 3))
    return np.flatnonzero(ocean)[index].reshape(ocean.shape)
