"""Which state belongs to which split, by member and by year."""

from dataclasses import dataclass
from typing import Literal

from thermocline.config import DataConfig, Period
from thermocline.errors import BadConfig, BadData

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, order=True)
class Sample:
    """One monthly state of one member."""

    member: str
    year: int
    month: int

    @property
    def name(self) -> str:
        """Such as `r1/2003-05`."""
        return f"{self.member}/{self.year:04d}-{self.month:02d}"


def samples_of(period: Period) -> list[Sample]:
    """Every month of every year of every member of a period, in that order of members."""
    return [
        Sample(member, year, month)
        for member in period.members
        for year in range(period.first, period.last + 1)
        for month in range(1, 13)
    ]


def plan(config: DataConfig) -> dict[Split, list[Sample]]:
    """The samples of each split, in the order the store keeps them.

    Raises:
        BadConfig: if two splits share a state, which would leak held-out values into training.
    """
    wanted: dict[Split, list[Sample]] = {name: samples_of(getattr(config, name)) for name in SPLITS}
    seen: dict[Sample, Split] = {}
    for split, samples in wanted.items():
        for sample in samples:
            if sample in seen:
                raise BadConfig(
                    f"{sample.name} is in both {seen[sample]} and {split}",
                    where=f"data.{split}",
                    fix="give the splits different members or years",
                )
            seen[sample] = split
    return wanted


def check_complete(wanted: dict[Split, list[Sample]], found: set[Sample]) -> None:
    """Raise BadData naming the first states of the plan that no raw file had."""
    missing = [
        f"{sample.name} ({split})"
        for split, samples in wanted.items()
        for sample in samples
        if sample not in found
    ]
    if missing:
        members = sorted({sample.member for sample in found}) or ["none"]
        raise BadData(
            f"{len(missing)} months are missing, the first: {', '.join(missing[:5])}; "
            f"members found: {', '.join(members)}",
            where="raw data",
            fix="run `dvc pull`, or name members and years that exist under data: in params.yaml",
        )
