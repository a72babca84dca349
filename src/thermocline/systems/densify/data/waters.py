"""The store of prepared data as this system sees it: states of channels, by region."""

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.problem import Channel
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.split import Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.densify.data.raw import SURFACE, WATER


class States(NamedTuple):
    """States of a split in a region.

    Attributes:
        values: [N, V, H, W], V channels of water and then SURFACE, in physical units, NaN on land.
        days: [N].
        run: which run each is of [N], such as `r1`.
        names: such as `gulf_stream/r1/2003-05-14`.
    """

    values: NDArray[np.float32]
    days: NDArray[np.datetime64]
    run: NDArray[np.str_]
    names: list[str]

    def chosen(self, which: NDArray) -> "States":
        """Those that a mask or numbers choose."""
        values, days, run, names = (np.asarray(part)[which] for part in self)
        return States(values, days, run, list(names))


class Waters(Store):
    """States of regions; BadFile is raised for another store.

    Attributes:
        regions: their names (a region that was cut has one for each patch).
        depth: levels [L], m, the same everywhere.
        channels: temperature at every level, then salinity: C = 2 L.
    """

    def __init__(self, path: Path, file: netCDF4.Dataset):
        super().__init__(path, file)
        every = {*WATER, *SURFACE}
        if not self.groups or any(set(each.fields) != every for each in self.groups.values()):
            raise BadFile("not a store of regions", where=str(path), fix=FIX)
        self.regions = tuple(sorted(self.groups))
        self.depth = self.groups[self.regions[0]].fields[WATER[0]].levels
        self.channels = tuple(Channel(VARIABLES[n], float(z)) for n in WATER for z in self.depth)

    def grid(self, region: str) -> LatLonGrid:
        """Cells of a region."""
        grid = self.groups[region].fields[WATER[0]].grid
        assert isinstance(grid, LatLonGrid)
        return grid

    def ocean(self, region: str) -> NDArray[np.bool_]:
        """Where each channel has water [C, H, W]."""
        return self._oceans[region]

    @cached_property
    def _oceans(self) -> dict[str, NDArray[np.bool_]]:
        return {
            name: np.isfinite(self.states("test", name, 1).values[0, : len(self.channels)])
            for name in self.regions
        }

    def count(self, split: Split, region: str, most: int | None = None) -> int:
        """How many states `states` gives."""
        found = sum(label.group.name == region for label in self.of(split))
        return found if most is None else min(found, most)

    def states(self, split: Split, region: str, most: int | None = None) -> States:
        """All states of a region, or `most` of them evenly taken, by run and day."""
        labels = [label for label in self.of(split) if label.group.name == region]
        if most is not None and most < len(labels):
            labels = [labels[i] for i in np.linspace(0, len(labels) - 1, most).round().astype(int)]
        shape = len(self.channels) + len(SURFACE), *self.grid(region).shape
        values = np.empty((len(labels), *shape), np.float32)
        row = 0
        for part, packed in self._batches(labels):
            fields = {name: VARIABLES[name].packing.unpack(each) for name, each in packed.items()}
            stop = row + len(part)
            water = [fields[name] for name in WATER]
            surface = np.stack([fields[name] for name in SURFACE], axis=1)
            values[row:stop] = np.concatenate([*water, surface], axis=1)
            row = stop
        days = np.array([label.time.astype("datetime64[D]") for label in labels])
        run = np.array([label.series.rpartition("/")[2] for label in labels])
        return States(values, days, run, [label.name for label in labels])
