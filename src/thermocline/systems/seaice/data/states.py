"""The store of prepared data as this system sees it: states of five channels."""

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.sample import Sample
from thermocline.prepare.split import Split
from thermocline.prepare.store import FIX, Store
from thermocline.systems.seaice.data.raw import GROUP, NAMES


class Ice(NamedTuple):
    """States of a split.

    Attributes:
        values: [N, 5, H, W] in physical units, 0 on land and in open water.
        day: of the year, 1–366 [N].
        member: number of the member that each is of [N].
        names: such as `r1/2003-05-11`.
    """

    values: NDArray[np.float32]
    day: NDArray[np.int64]
    member: NDArray[np.int64]
    names: list[str]

    @property
    def month(self) -> NDArray[np.int64]:
        """Calendar months 1–12 [N]."""
        return np.array([int(name.rpartition("/")[2][5:7]) for name in self.names])

    @property
    def year(self) -> NDArray[np.int64]:
        """Calendar years [N]."""
        return np.array([int(name.rpartition("/")[2][:4]) for name in self.names])


class States(Store):
    """States of sea ice; BadFile is raised for another store.

    Attributes:
        grid: of all fields.
        members: their names, in the order of their numbers.
    """

    def __init__(self, path: Path, file: netCDF4.Dataset):
        super().__init__(path, file)
        group = self.groups.get(GROUP)
        if group is None or set(group.fields) != set(NAMES):
            raise BadFile("not a store of sea ice", where=str(path), fix=FIX)
        grid = group.fields[NAMES[0]].grid
        assert isinstance(grid, ProjectedGrid)
        self.grid: ProjectedGrid = grid
        self.members = sorted({label.series for label in self.labels})

    def member_of(self, name: str) -> int:
        """The number of the member that a state is of, by the state's name."""
        return self.members.index(name.rpartition("/")[0])

    @cached_property
    def ocean(self) -> NDArray[np.bool_]:
        """Cells that can hold ice [H, W]: those that have values in all runs."""
        runs = {(label.split, label.series): label for label in self.labels}
        found = np.ones(self.grid.shape, bool)
        for part, packed in self._batches(list(runs.values())):
            packing = part[0].group.fields["siconc"].variable.packing
            found &= np.isfinite(packing.unpack(packed["siconc"])).all(axis=0)
        return found

    def over_sea(self, fields: NDArray) -> NDArray[np.float64]:
        """Means [...] over the sea, by area, of fields [..., H, W]."""
        area = np.asarray(self.grid.cell_area())[self.ocean]
        return np.asarray(np.average(fields[..., self.ocean], axis=-1, weights=area))

    def states(self, split: Split, most: int | None = None) -> Ice:
        """All states of a split, or `most` of them evenly taken.

        Raises:
            BadData: if a value is missing in the ocean.
        """
        labels = self.of(split)
        chosen = np.arange(len(labels))
        if most is not None and most < len(labels):
            chosen = np.linspace(0, len(labels) - 1, most).round().astype(int)
        kept = {labels[i].name for i in chosen}
        values = np.empty((len(chosen), len(NAMES), *self.grid.shape), np.float32)
        picked = (sample for sample in self.samples(split) if sample.name in kept)
        for row, sample in zip(values, picked, strict=True):
            row[:] = self._of(sample)
        labels = [labels[i] for i in chosen]
        dates = np.array([label.time.astype("datetime64[D]") for label in labels])
        day = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
        member = np.array([self.members.index(label.series) for label in labels])
        return Ice(values, day, member, [label.name for label in labels])

    def _of(self, sample: Sample) -> NDArray[np.float32]:
        """The fields of a state [5, H, W], 0 on land."""
        fields = np.stack([sample.fields[name] for name in NAMES])
        for name, field in zip(NAMES, fields, strict=True):
            if missing := int(np.isnan(field[self.ocean]).sum()):
                raise BadData(
                    f"{name} is missing in {missing:,} cells that are sea in other states",
                    where=sample.name,
                    fix="give all states of a run on one mask, or leave this one out",
                )
        return np.where(self.ocean, fields, np.float32(0))
