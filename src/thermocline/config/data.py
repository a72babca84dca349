"""What the data are: a grid, the archive and its split, and the errors of observations."""

import math
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

from pydantic import ByteSize, Field, ValidationInfo, field_validator, model_validator

from thermocline.concurrency import processors
from thermocline.config.types import Count, NotNegative, Once, Positive, Section, Some, wished
from thermocline.ocean.boxes import BOXES, SIZE


class GridConfig(Section):
    """The model's grid: a regular global one, and depth levels in metres."""

    rows: Count = 64
    """Rows of the global latitude-longitude grid."""
    columns: Count = 128
    """Columns of it."""
    depth: Some[Positive] = (5, 15, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000)
    """Levels, in metres, positive down and ascending."""

    @model_validator(mode="after")
    def _ascending(self) -> "GridConfig":
        if any(b <= a for a, b in zip(self.depth, self.depth[1:], strict=False)):
            raise ValueError("depth must ascend, in metres positive down")
        return self


class Period(Section):
    """Members of the archive and the years of each (inclusive) that make up a split.

    A member is called as files of CMIP6 say, such as r1; where several models have one of that
    name, with the model before it, such as CanESM5_r1. A member without a name is "".
    """

    members: Once[str]
    """Names of the members."""
    first: int
    """First year."""
    last: int
    """Last year, which belongs to it."""

    @model_validator(mode="after")
    def _ordered(self) -> "Period":
        if self.first > self.last:
            raise ValueError(f"first year {self.first} is after the last {self.last}")
        return self


OVERHEAD = 350_000_000
"""Bytes that the process has which collects what workers make."""
LEAST_MEMORY, USUAL_MEMORY = 400_000_000, 1_000_000_000
"""Bytes that a worker has at least, and if nobody says how many workers there are: 240 MB are
Python and the libraries."""
LARGEST = 10**15
"""More bytes than this no machine has."""
MOST_OF_UNIT = 10_000_000
"""A smaller number of bytes is one of another unit that was left out."""


class PrepareConfig(Section):
    """Who prepares data, and with how much memory; it decides nothing of the result."""

    workers: Count | None = None
    """Processes; null for as many as there are cores and memory for."""
    memory: ByteSize = ByteSize(4_000_000_000)
    """Memory of all processes together, such as "1.2GB"."""
    scheduler: Annotated[str, Field(min_length=1)] | None = None
    """Address of a Dask scheduler whose workers, with the memory that they were given, are taken
    instead; it is trusted.
    """

    @field_validator("memory", mode="before")
    @classmethod
    def _with_a_unit(cls, memory: Any) -> Any:
        if isinstance(memory, int | float) and not MOST_OF_UNIT <= memory < math.inf:
            raise ValueError("give a number with its unit, such as 4GB")
        return memory

    @model_validator(mode="after")
    def _enough(self) -> "PrepareConfig":
        least = OVERHEAD + LEAST_MEMORY * (self.workers or 1)
        if self.memory > LARGEST:
            raise ValueError(f"memory is more than {LARGEST / 1e12:g} TB")
        if self.memory < least:
            raise ValueError(
                f"memory is {self.memory / 1e9:g} GB, and {self.workers or 1} workers need at "
                f"least {least / 1e9:g} GB"
            )
        return self

    @property
    def count(self) -> int:
        """How many workers there are on this machine."""
        return self.workers or max(1, min(processors(), (self.memory - OVERHEAD) // USUAL_MEMORY))

    def share(self, workers: int) -> int:
        """Bytes of each of so many."""
        return (self.memory - OVERHEAD) // workers


class DataConfig(Section):
    """Where raw and prepared data lie, and how they are split: the same for every system."""

    raw: Path = Path("data")
    """Folder of the raw files."""
    prepared: Path = Path("build/prepared")
    """Folder of what the stage prepare writes."""
    train: Period
    validation: Period
    test: Period
    prepare: PrepareConfig = PrepareConfig()

    @model_validator(mode="after")
    def _apart(self, info: ValidationInfo) -> "DataConfig":
        """What is in two splits would be known where it is held back."""
        splits = {name: getattr(self, name) for name in ("train", "validation", "test")}
        for (one, a), (other, b) in combinations(splits.items(), 2):
            shared = set(a.members) & set(b.members)
            first, last = max(a.first, b.first), min(a.last, b.last)
            if wished(info) and shared and first <= last:
                raise ValueError(
                    f"{sorted(shared)[0]} in {first} is in both {one} and {other}: "
                    "give the splits different members or years"
                )
        return self

    @property
    def members(self) -> tuple[str, ...]:
        """Every member that a split names."""
        splits = (self.train, self.validation, self.test)
        return tuple(sorted({member for split in splits for member in split.members}))


class SstConfig(Section):
    """Fine and coarse sea-surface temperature, and the boxes that are cut out of it.

    `fine` and `coarse` are folders below `data.raw`; the fine one has `factor` cells on each side
    of a coarse block. A box is given by its south-western corner, latitude and longitude, and
    `size`, in degrees. Members and years are split as in `data`; boxes that are `withheld` are in
    the test split only.
    """

    fine: Path = Path("ostia")
    """Folder of fine fields below data.raw."""
    coarse: Path = Path("oisst")
    """Folder of coarse fields below data.raw."""
    factor: Count = 5
    """Fine cells on each side of a coarse block."""
    size: Positive = SIZE
    """Side of a box, in degrees."""
    boxes: dict[str, tuple[float, float]] = BOXES
    """South-western corner of each box: latitude and longitude, in degrees."""
    withheld: tuple[str, ...] = ("southern_ocean",)
    """Names of boxes that are in the test split only."""

    @model_validator(mode="after")
    def _known(self) -> "SstConfig":
        unknown = set(self.withheld) - set(self.boxes)
        if unknown:
            raise ValueError(f"withheld: no box is called {', '.join(sorted(unknown))}")
        for name, (south, west) in self.boxes.items():
            if not (-180 <= west <= 180 - self.size and -90 <= south <= 90 - self.size):
                raise ValueError(
                    f"boxes: {name} from {south:g}°N, {west:g}°E leaves -180 to 180 or -90 to 90"
                )
        return self


class ErrorConfig(Section):
    """Observation error of a grid-cell value: √(instrument² + (representativeness × std)²), °C."""

    instrument: Positive = 0.05
    """Standard deviation of the instrument error, in °C."""
    representativeness: NotNegative = 0.2
    """Standard deviation of the error of representativeness, in units of the local standard
    deviation.
    """


class ObserveConfig(ErrorConfig):
    """What is observed: errors, and how many months on either side observations may come from."""

    window: Annotated[int, Field(ge=0, le=3)] = 0
    """Months on either side whose observations are used in scoring and calibration; a served model
    accepts 1 at least.
    """

    @property
    def errors(self) -> ErrorConfig:
        """The errors alone."""
        return ErrorConfig(instrument=self.instrument, representativeness=self.representativeness)
