"""The store of prepared data: states of channels, by region."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Channel
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.sample import Label
from thermocline.prepare.split import SPLITS, Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.densify.data.gaps import continued
from thermocline.systems.densify.data.raw import SURFACE, WATER


class States(NamedTuple):
    """States of a split in a region.

    Attributes:
        values: [N, V, H, W], V channels of water and then SURFACE, in physical units, NaN on land;
            filled below the sea floor.
        days: [N].
        run: of each [N], such as `r1`.
        names: such as `gulf_stream/r1/2003-05-14`.
    """

    values: NDArray[np.float32]
    days: NDArray[np.datetime64]
    run: NDArray[np.str_]
    names: list[str]

    def chosen(self, which: NDArray) -> "States":
        """Those of a mask or of indices."""
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

    @property
    def cell_km(self) -> float:
        """How wide a cell is on average, to two digits."""
        areas = [self.grid(region).cell_area().mean() for region in self.regions]
        return float(f"{np.sqrt(np.mean(areas)) / 1e3:.2g}")

    def ocean(self, region: str) -> NDArray[np.bool_]:
        """Where each channel has water [C, H, W], in all runs."""
        return self._oceans[region]

    @cached_property
    def _oceans(self) -> dict[str, NDArray[np.bool_]]:
        found: dict[str, NDArray[np.bool_]] = {}
        for region in self.regions:
            runs = {(label.split, label.series): label for label in self._labels(region)}
            values = self._values(list(runs.values()), region)
            found[region] = np.logical_and.reduce(np.isfinite(values[:, : len(self.channels)]))
        return found

    def _labels(self, region: str) -> list[Label]:
        return [x for split in SPLITS for x in self.of(split) if x.group.name == region]

    def count(self, split: Split, region: str, most: int | None = None) -> int:
        """How many states `states` gives."""
        found = sum(label.group.name == region for label in self.of(split))
        return found if most is None else min(found, most)

    def states(self, split: Split, region: str, most: int | None = None) -> States:
        """All states of a region, or `most` of them evenly taken, by run and day.

        Columns go on below the sea floor (`gaps.continued`): `ocean` says where there is water.

        Raises:
            BadData: if water is missing where other states have it.
        """
        labels = [label for label in self.of(split) if label.group.name == region]
        if most is not None and most < len(labels):
            labels = [labels[i] for i in np.linspace(0, len(labels) - 1, most).round().astype(int)]
        values, water = self._values(labels, region), slice(0, len(self.channels))
        continued(values[:, water], self.ocean(region), f"{split} states of {region}")
        days = np.array([label.time.astype("datetime64[D]") for label in labels])
        run = np.array([label.series.rpartition("/")[2] for label in labels])
        return States(values, days, run, [label.name for label in labels])

    def _values(self, labels: Sequence[Label], region: str) -> NDArray[np.float32]:
        """Of states [N, V, H, W] as they are kept, NaN on land and below the floor."""
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
        return values
