"""The store of prepared data as this system sees it: states, their masks and their statistics."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.statistics import Statistics
from thermocline.prepare.mapped import stacked
from thermocline.prepare.split import Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.reconstruct.data.raw import GROUP, VARIABLE

RUN = 1_000_000
"""Months between the serial numbers of two members."""


class States(Store):
    """Monthly states of C levels on a grid; BadFile is raised for another store.

    Attributes:
        grid: the model's grid.
        depth: levels [C], metres.
        statistics: climatology, spread and sea mask of the training states.
    """

    def __init__(self, path: Path, file: netCDF4.Dataset):
        super().__init__(path, file)
        try:
            layout = self.groups[GROUP].fields[VARIABLE.name]
            self.statistics: Statistics = self.climates[GROUP, VARIABLE.name]
        except KeyError as problem:
            raise BadFile("not a store of states", where=str(path), fix=FIX) from problem
        assert isinstance(layout.grid, LatLonGrid)
        self.grid: LatLonGrid = layout.grid
        self.depth: NDArray[np.float64] = np.asarray(layout.depth)
        self.masks = cache(self._masks)

    def serial(self, split: Split) -> NDArray[np.int64]:
        """Months of a split's states [N], counted from year 0; members lie millennia apart."""
        labels = self.of(split)
        members = {name: i for i, name in enumerate(dict.fromkeys(each.series for each in labels))}
        counted = [RUN * members[each.series] + each.serial for each in labels]
        return np.array(counted, dtype=np.int64)

    def states(self, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
        """All states of a split: normalised anomalies [N, C, H, W] (0 where missing, or where
        the statistics know no sea), calendar months 1–12 [N], and names. Many states are a
        read-only array of a file (see `prepare.mapped`).
        """
        labels = self.of(split)
        months = np.array([each.month for each in labels], dtype=np.int64)
        shape = (len(labels), *self.statistics.ocean.shape)
        folder = self.path.with_suffix(".states")
        file = lambda: folder / f"{split}-{self.digest()[:16]}.npy"
        result = stacked(self._anomalies(split, months), shape, file)
        return result, months, [each.name for each in labels]

    def celsius(self, split: Split) -> NDArray[np.float32]:
        """All states of a split in °C, NaN where missing, [N, C, H, W]."""
        return np.stack(list(self._fields(split)))

    def _masks(self, split: Split) -> NDArray[np.bool_]:
        """Where states are valid: [C, H, W] if the same for all of the split, else [N, C, H, W]."""
        ocean = self.statistics.ocean
        first = next(np.isfinite(field) & ocean for field in self._fields(split))
        if all(np.array_equal(np.isfinite(field) & ocean, first) for field in self._fields(split)):
            return first
        return np.stack([np.isfinite(field) & ocean for field in self._fields(split)])

    def _anomalies(self, split: Split, months: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        inverse, ocean = 1 / self.statistics.std, self.statistics.ocean
        for month, field in zip(months, self._fields(split), strict=True):
            state = (field - self.statistics.climatology[month - 1]) * inverse
            state[~ocean | np.isnan(state)] = 0
            yield state

    def _fields(self, split: Split) -> Iterator[NDArray[np.float32]]:
        """Temperatures in °C [C, H, W], NaN where missing."""
        for sample in self.samples(split):
            yield np.asarray(sample.fields[VARIABLE.name], np.float32)
