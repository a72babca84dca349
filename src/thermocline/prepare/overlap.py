"""Which source cells lie in which cells of a map, and how large they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from thermocline.ocean.projected import ProjectedGrid
from thermocline.ocean.sphere import EARTH_RADIUS, unit_vectors

REACH = 1.5
"""Cell widths, of the source or the target, within which a nearest centre is taken."""
SAME = 1e-3
"""Share of a cell by which the edges of nested cells may differ, by rounding."""


def close(source: ProjectedGrid | Any, target: ProjectedGrid) -> bool:
    """Whether cells of grids of one shape are in the same places, but for rounding."""
    step = min(np.diff(target.x).min(), np.diff(target.y).min())
    return np.allclose(source.x, target.x, rtol=0, atol=SAME * step) and np.allclose(
        source.y, target.y, rtol=0, atol=SAME * step
    )


def nested_cells(source: ProjectedGrid, target: ProjectedGrid) -> NDArray | None:
    """Target cell of every source cell, −1 outside; None if the grids are not nested."""
    if source.crs != target.crs:
        return None
    rows, columns = _nested(source.y, target.y), _nested(source.x, target.x)
    if rows is None or columns is None:
        return None
    cells = rows[:, None] * target.x.size + columns
    return np.where((rows[:, None] >= 0) & (columns >= 0), cells, -1).ravel()


def _nested(fine: NDArray, coarse: NDArray) -> NDArray | None:
    """Interval of `coarse` of every interval of `fine`, if none is in two; both even."""
    step, wide = (float(np.diff(axis).mean()) for axis in (fine, coarse))
    ratio, slack = wide / step, SAME * step
    even = all(
        np.abs(np.diff(axis) - np.diff(axis).mean()).max() < slack for axis in (fine, coarse)
    )
    first = (coarse[0] - wide / 2 - (fine[0] - step / 2)) / step
    if not even or round(ratio) < 1 or max(_rest(ratio) * coarse.size, _rest(first)) > SAME:
        return None
    index = (np.arange(fine.size) - round(first)) // round(ratio)
    return np.where((index >= 0) & (index < coarse.size), index, -1)


def _rest(number: float) -> float:
    return abs(number - round(number))


def areas(latitude: NDArray, longitude: NDArray) -> NDArray:
    """Area of the cells about centres [h, w], in m²: |∂r/∂i × ∂r/∂j|; 0 where unknown."""
    r = unit_vectors(latitude, longitude)
    down, along = (np.gradient(r, axis=axis) for axis in (0, 1))
    area = np.linalg.norm(np.cross(down, along), axis=-1) * EARTH_RADIUS**2
    known = np.isfinite(r).all(axis=-1)
    # Beside points that are missing, the typical cell.
    typical = np.median(area[np.isfinite(area)]) if np.isfinite(area).any() else 1.0
    return np.where(known, np.where(np.isfinite(area) & (area > 0), area, typical), 0.0)


def centres_within(
    latitude: NDArray, longitude: NDArray, area: NDArray, target: ProjectedGrid
) -> tuple[NDArray, NDArray]:
    """Target and source cell of every pair: centres inside, and the nearest of empty cells."""
    lat, lon = latitude.ravel(), longitude.ravel()
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    near = known[target.contains(lat[known], lon[known])]
    row, column = target.locate(lat[near], lon[near])
    cell = row * target.shape[1] + column
    empty = np.setdiff1d(np.arange(np.prod(target.shape)), cell)
    if not (known.size and empty.size):
        return cell, near
    where = unit_vectors(*target.centres()).reshape(-1, 3)[empty]
    distance, index = cKDTree(unit_vectors(lat[known], lon[known])).query(where)
    width = np.sqrt(np.maximum(area.ravel()[known[index]], target.cell_area().ravel()[empty]))
    close = distance * EARTH_RADIUS <= REACH * width
    return np.concatenate([cell, empty[close]]), np.concatenate([near, known[index[close]]])
