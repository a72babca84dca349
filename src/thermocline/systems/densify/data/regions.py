"""The raw files as one archive of regions: which step of which file holds a day of a variable."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.grid import LatLonGrid
from thermocline.prepare.blocks import block_values, time_blocks
from thermocline.prepare.raw import RawFile
from thermocline.sources.clock import days_of
from thermocline.systems.densify.config import DensifyData
from thermocline.systems.densify.data.raw import SURFACE, WATER


class Step(NamedTuple):
    """A step of time of a file, both by number."""

    file: int
    step: int


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


class Index:
    """Days of regions, of files whose fields are not read; files come in any order.

    Attributes:
        files: all of them, by number.
    """

    def __init__(self, own: DensifyData):
        self._own = own
        self.files: list[RawFile] = []
        self._found: dict[tuple[str, str], dict[str, dict[np.datetime64, Step]]] = {}
        self._grids: dict[str, tuple[LatLonGrid, NDArray]] = {}

    def add(self, file: RawFile) -> None:
        """Note the days of the regions that a file covers."""
        number, name = len(self.files), file.variable.name
        self.files.append(file)
        with file.axes() as dataset:
            member = str(dataset.attrs["member"])
            days = days_of(dataset.time.values)
            for region in self._own.regions:
                inside = _inside(dataset, region, self._own)
                if inside is None:
                    continue
                if name == WATER[0]:
                    grid = LatLonGrid(inside.latitude.values, inside.longitude.values)
                    self._grids.setdefault(region, (grid, inside.depth.values.astype(float)))
                kept = self._found.setdefault((region, member), {}).setdefault(name, {})
                known = np.flatnonzero(~np.isnat(days))  # not the 30th of February
                kept.update({days[i]: Step(number, int(i)) for i in known})

    def region(self, name: str) -> Region:
        """Grid, depth, and where there is sea; raises BadData if no file has it."""
        of = [found[WATER[0]] for (region, _), found in self._found.items()
              if region == name and WATER[0] in found]  # fmt: skip
        if not of or name not in self._grids:
            raise BadData(
                f"no {WATER[0]} of {name}",
                where="raw data",
                fix="give a file that covers it, or take the region out of params.yaml",
            )
        first = next(iter(of[0].values()))
        with self.files[first.file].open() as dataset:
            field = cut(dataset, self.files[first.file], name, self._own).read(first.step)
        return Region(name, *self._grids[name], np.isfinite(field[0]))

    def series(self) -> Iterator[tuple[str, str, dict[np.datetime64, dict[str, Step]]]]:
        """Region, member, and where each variable is of the days that have them all."""
        every = (*WATER, *SURFACE)
        for (region, member), found in sorted(self._found.items()):
            days = sorted(set.intersection(*(set(found.get(name, {})) for name in every)))
            if days:
                where = {day: {name: found[name][day] for name in every} for day in days}
                yield region, member, where


class RegionField:
    """A field of an open file in a region; the block of the last step that was read is kept."""

    def __init__(self, field: xr.DataArray):
        self._field = field
        self._blocks = time_blocks(field)
        self._held: tuple[slice, NDArray[np.float32]] | None = None

    def read(self, step: int) -> NDArray[np.float32]:
        """The field of a step, [C, H, W], or [H, W] of a surface."""
        if self._held is None or not self._held[0].start <= step < self._held[0].stop:
            block = next(each for each in self._blocks if each.start <= step < each.stop)
            self._held = block, block_values(self._field, block)
        return self._held[1][step - self._held[0].start]


def cut(dataset: xr.Dataset, file: RawFile, region: str, own: DensifyData) -> RegionField:
    """The field of a file in a region that it covers."""
    name, inside = file.variable.name, _inside(dataset, region, own)
    assert inside is not None
    field = inside[name].transpose("time", "depth", "latitude", "longitude")
    return RegionField(field if name in WATER else field.isel(depth=0))


def _inside(dataset: xr.Dataset, region: str, own: DensifyData) -> xr.Dataset | None:
    """Cells whose centres lie in the region; None unless the file covers it, to a cell's width."""
    box = {}
    for name, start in zip(("latitude", "longitude"), own.regions[region], strict=True):
        centres = dataset[name].values
        step = float(np.abs(np.diff(centres)).max())
        inside = (centres > start) & (centres < start + own.size)
        if inside.sum() * step < own.size - 1.01 * step:
            return None
        box[name] = inside
    return dataset.isel({name: np.flatnonzero(inside) for name, inside in box.items()})
