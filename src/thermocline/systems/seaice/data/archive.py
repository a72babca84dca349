"""The raw files of sea ice as one archive: which step of which file holds a date of a variable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.config import DataConfig
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.blocks import time_blocks
from thermocline.prepare.raw import RawFile
from thermocline.prepare.remap import remapper_of
from thermocline.prepare.split import Split, split_of
from thermocline.prepare.steps import Days, Step, note_days
from thermocline.sources.fields.thickness import ICE as ICE_AREA
from thermocline.sources.files.clock import days_of


@dataclass(frozen=True)
class Date:
    """A date of a member, its split, and where each variable is."""

    member: str
    date: np.datetime64
    split: Split
    steps: dict[str, Step]


class Archive:
    """Dates that are in a split, of files whose fields are not read.

    Days that only another calendar has, such as the 30th of February, are in none.

    Attributes:
        files: all of them, by number.
        members: by member and variable, where each date is.
        per_ice: members whose thickness is per area of ice, with no concentration in its file.
        cells: of a field, by member.
    """

    def __init__(self, data: DataConfig):
        self.data = data
        self.files: list[RawFile] = []
        self.members: dict[str, dict[str, Days]] = {}
        self.per_ice: set[str] = set()
        self.cells: dict[str, int] = {}

    def add(self, file: RawFile) -> None:
        """Note a file's dates; raises BadData for one that is there already."""
        number, name = len(self.files), file.variable.name
        self.files.append(file)
        with file.axes() as dataset:
            member = str(dataset.attrs["member"])
            days = days_of(dataset["time"].values)
            wanted = [
                not np.isnat(day)
                and split_of(self.data, member, day.astype(object).year, f"{member}/{day}")
                is not None
                for day in days
            ]
            if dataset.attrs.get("thickness") == ICE_AREA:
                self.per_ice.add(member)
            cells = int(np.prod(dataset[name].shape[-2:]))
        self.cells[member] = max(cells, self.cells.get(member, 1))
        if any(wanted):
            kept = self.members.setdefault(member, {}).setdefault(name, {})
            days = np.where(wanted, days, np.datetime64("NaT"))
            note_days(kept, days, number, f"{name} of member {member}", str(file.path))


class Source:
    """An open file whose field is remapped, some steps at a time."""

    def __init__(self, dataset: xr.Dataset, file: RawFile, grid: ProjectedGrid):
        self.field = dataset[file.variable.name]
        self.remapper = remapper_of(dataset, file.variable.name, grid)

    def blocks(self) -> list[int]:
        """The steps behind each of the pieces that are worth reading at once."""
        return [block.stop for block in time_blocks(self.field)]

    def read(self, steps: Sequence[int]) -> NDArray[np.floating]:
        """The fields of steps on the file's own cells [N, h, w]."""
        return np.asarray(self.field.isel(time=list(steps), depth=0).values)

    def mapped(self, fields: NDArray[np.floating]) -> NDArray[np.float32]:
        """Such fields on the model's cells [N, H, W]."""
        return self.remapper(fields).astype(self.field.dtype).astype(np.float32)
