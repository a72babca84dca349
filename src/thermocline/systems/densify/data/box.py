"""A region of a raw file: which cells lie there, and its fields on the cells that are kept."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import wrap_longitude
from thermocline.prepare.blocks import block_values, time_blocks
from thermocline.prepare.raw import RawFile
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.prepare.vertical import interpolate_depth
from thermocline.systems.densify.config.data import DensifyData
from thermocline.systems.densify.data.raw import WATER

MARGIN = 2
"""Cells around a region that are read where its fields are remapped."""


@dataclass(frozen=True)
class Region:
    """Grid, depth [C] and sea [H, W] of a region."""

    name: str
    grid: LatLonGrid
    depth: NDArray[np.float64]
    ocean: NDArray[np.bool_]

    @property
    def cells(self) -> int:
        """Of a field."""
        return self.ocean.size


@dataclass(frozen=True)
class Box:
    """A square of degrees in a file that covers it.

    Attributes:
        south, west: its corner.
        size: its side.
        latitude [h], longitude [w]: centres of all of the file's rows and columns; in [−180, 180).
    """

    south: float
    west: float
    size: float
    latitude: NDArray[np.floating]
    longitude: NDArray[np.floating]

    def inside(self, around: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the rows and the columns that lie in it, or so many cells beyond."""
        found = []
        for offset in self.offsets():
            beyond = around * _step(offset)
            found.append(np.flatnonzero((offset > -beyond) & (offset < self.size + beyond)))
        return found[0], found[1]

    def offsets(self) -> tuple[NDArray, NDArray]:
        """Degrees of rows north and of columns east of the corner."""
        return self.latitude - self.south, wrap_longitude(self.longitude - self.west)

    def grid(self, step: float | None) -> LatLonGrid:
        """Cells of so many degrees, or the file's own."""
        if step is None:
            rows, columns = self.inside()
            return LatLonGrid(np.sort(self.latitude[rows]), np.sort(self.longitude[columns]))
        centres = step * (np.arange(round(self.size / step)) + 0.5)
        return LatLonGrid(self.south + centres, self.west + centres)


def box_of(dataset: xr.Dataset, corner: tuple[float, float], size: float) -> Box | None:
    """A square with that south-western corner in a file; None unless it covers it, to a cell.

    Raises:
        BadData: for a curvilinear grid.
    """
    latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
    if latitude.ndim != 1:
        raise BadData(
            "rows and columns are not latitudes and longitudes (a curvilinear grid)",
            where=str(dataset.attrs.get("source_file", "raw data")),
            fix="remap the file to latitudes and longitudes first",
        )
    if longitude.max() >= 180:
        longitude = wrap_longitude(longitude)
    box = Box(*corner, size, latitude, longitude)
    for offset, inside in zip(box.offsets(), box.inside(), strict=True):
        if (inside.size + 1.01) * _step(offset) < size:
            return None
    return box


def _step(axis: NDArray) -> float:
    """Between neighbours, as a rule; 0 for a single one."""
    return float(np.median(np.diff(np.sort(axis)))) if axis.size > 1 else 0.0


class RegionField:
    """A field of an open file in a region; the block of the last step that was read is kept.

    Args:
        field: (time, depth, latitude, longitude), or without depth.
        depth: levels of the field and those wanted, if it has any.
        remap: from the field's cells to those of the region, if they differ.
    """

    def __init__(
        self,
        field: xr.DataArray,
        depth: tuple[NDArray, NDArray] | None = None,
        remap: Regridder | None = None,
    ):
        self._field, self._depth, self._remap = field, depth, remap
        self._blocks = time_blocks(field)
        self._held: tuple[slice, NDArray[np.float32]] | None = None

    def read(self, step: int) -> NDArray[np.float32]:
        """The field of a step, [C, H, W], or [H, W] of a surface."""
        if self._held is None or not self._held[0].start <= step < self._held[0].stop:
            block = next(each for each in self._blocks if each.start <= step < each.stop)
            self._held = block, block_values(self._field, block)
        values = self._held[1][step - self._held[0].start]
        if self._depth is not None:
            values = interpolate_depth(values, *self._depth)
        return values if self._remap is None else self._remap(values).astype(np.float32)


def cut(dataset: xr.Dataset, file: RawFile, region: Region, own: DensifyData) -> RegionField:
    """The field of a file on the cells and levels of a region that it covers."""
    name, grid = file.variable.name, region.grid
    box, remap = box_of(dataset, own.regions[region.name], own.size), None
    assert box is not None
    rows, columns = box.inside()
    if not _same(box.latitude[rows], grid.latitude) or not _same(
        box.longitude[columns], grid.longitude
    ):
        rows, columns = box.inside(MARGIN)
        place = box.latitude[rows], box.longitude[columns]
        remap = Regridder(*place, grid, best_method(*place, grid))
    field = dataset[name].isel(latitude=rows, longitude=columns)
    field = field.transpose("time", "depth", "latitude", "longitude")
    if name in WATER:
        levels = dataset["depth"].values.astype(float), region.depth
        return RegionField(field, levels, remap)
    return RegionField(field.isel(depth=0), None, remap)


def _same(one: NDArray, other: NDArray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, atol=1e-4))
