"""Which sample belongs to which split, by member and by year."""

from collections.abc import Iterable
from typing import Literal

from thermocline.config import DataConfig
from thermocline.errors import BadConfig

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def split_of(data: DataConfig, member: str, year: int, name: str) -> Split | None:
    """The split of a member's year, or None if it is in none; `name` is of the sample.

    Raises:
        BadConfig: if it is in two, which would leak held-out values into training.
    """
    found: list[Split] = []
    for split in SPLITS:
        period = getattr(data, split)
        if member in period.members and period.first <= year <= period.last:
            found.append(split)
    if len(found) > 1:
        raise BadConfig(
            f"{name} is in both {found[0]} and {found[1]}",
            where=f"data.{found[1]}",
            fix="give the splits different members or years",
        )
    return found[0] if found else None


def listed(members: Iterable[str]) -> str:
    """Names of members as a message has them: the empty one as params.yaml has it."""
    return ", ".join(name or '""' for name in sorted(members)) or "none"
