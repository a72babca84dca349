"""What the system reads, as params.yaml says it."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from thermocline.config.types import Count, Natural, Positive, Section, Share

REGIONS = {
    "gulf_stream": (30.0, -76.0),
    "kuroshio": (28.0, 138.0),
    "agulhas": (-44.0, 18.0),
}


class ArchiveConfig(Section):
    """The training archive, which the prepare stage simulates in every region.

    Weekly states of each of `members` from `first` on. States of another split that lie less than
    `gap` weeks from a training state of their run are left out: they would resemble it.
    """

    members: tuple[str, ...] = ("r1", "r2", "r3")
    """Members of the simulation."""
    first: date = date(2003, 1, 1)
    """Date of its first state."""
    weeks: Natural = 136
    """Weekly states of each member; 0 for an archive of your own."""
    gap: Natural = 8
    """Least distance of a held-back state from the training states of its run, in weeks."""

    @field_validator("first", mode="before")
    @classmethod
    def _is_a_date(cls, first: Any) -> Any:
        if isinstance(first, date) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(first)):
            return first
        raise ValueError('give a date in quotes, such as "2003-01-01"')


class ProfileErrors(Section):
    """Standard deviation of a profile's error: √(instrument² + (representativeness × std)²).

    `thetao` (°C) and `so` are the instruments'; std is that of the level.
    """

    thetao: Positive = 0.02
    """Standard deviation of the error of a thermometer, in °C."""
    so: Positive = 0.005
    """Standard deviation of the error of a salinity, in PSU."""
    representativeness: Share = 0.1
    """Standard deviation of the error of representativeness, in units of that of the level."""


class DensifyData(Section):
    """Raw files in one or several folders below `data.raw`, and the regions cut out of them.

    A region is given by its south-western corner, latitude and longitude, and `size`, in degrees.
    It is cut into patches of `patch` × `patch` cells that share at least `overlap`; those with a
    share of land above `land` are left out. Members named in `variants` are scored beside those of
    `data.test`: each as a protocol of its name.

    Water is brought to cells of `step` degrees and to the levels `depth` (m); without them its own
    cells and levels are kept. Surface fields are brought to the cells of the water.
    """

    folder: Path | tuple[Path, ...] = Path("eddies")
    """One folder or several below data.raw."""
    regions: Annotated[dict[str, tuple[float, float]], Field(min_length=1)] = REGIONS
    """South-western corner of each region: latitude and longitude, in degrees."""
    size: Positive = 12.8
    """Side of a region, in degrees."""
    step: Positive | None = None
    """Side of a cell to which water is brought, in degrees; null keeps its own."""
    depth: tuple[Positive, ...] = ()
    """Levels to which water is brought, in metres; without, its own."""
    patch: Count = 64
    """Cells on each side of a patch."""
    overlap: Natural = 48
    """Cells that neighbouring patches share at least."""
    land: Share = 0.3
    """Largest share of land of a patch."""
    variants: tuple[str, ...] = ("shifted",)
    """Members that are scored beside those of data.test."""
    archive: ArchiveConfig = ArchiveConfig()
    errors: ProfileErrors = ProfileErrors()

    @model_validator(mode="after")
    def _whole(self) -> "DensifyData":
        if self.step and abs(self.size / self.step - round(self.size / self.step)) > 1e-6:
            raise ValueError(f"size {self.size:g} is no multiple of step {self.step:g}")
        for name, (_, west) in self.regions.items():
            if not -180 <= west <= 180 - self.size:
                raise ValueError(
                    f"regions: {name} from {west:g} to {west + self.size:g}°E leaves -180 to 180"
                )
        if list(self.depth) != sorted(set(self.depth)):
            raise ValueError("depth: levels have to increase, each once")
        if self.archive.weeks and (self.step or self.depth):
            raise ValueError(
                "the simulated archive has cells and levels of its own: "
                "with step or depth give archive.weeks 0"
            )
        return self
