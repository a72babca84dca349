"""The account of a reading: how many values a file holds, how many are used, and why not others.

A reader begins with the values that the file holds and takes away those that must not be used, each
for a reason in words. What is left is used; so used and dropped always add up to what was held.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

ATTRIBUTE = "account"
"""The attribute of a dataset that holds its account, as JSON."""
OF_SALINITY = "salinity_account"
"""The attribute of profiles that holds the account of their salinities."""
UNCONVERTED = "without the salinity that its conversion needs"
"""Why a value in situ is dropped that has no salinity to convert it with."""


@dataclass(frozen=True)
class Account:
    """What became of the values of a file.

    Attributes:
        held: values that the file holds, those missing not counted.
        used: how many of them are used.
        dropped: how many are not, by reason.
        notes: what else was decided, such as which of two variables was read, in words.
        of: what is counted.
    """

    held: int
    used: int
    dropped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    of: str = "values"

    def __post_init__(self) -> None:
        assert self.used + sum(self.dropped.values()) == self.held, self

    def noted(self, *notes: str) -> "Account":
        """The same with more notes, each once."""
        return replace(self, notes=tuple(dict.fromkeys((*self.notes, *notes))))

    def without(self, dropped: dict[str, int]) -> "Account":
        """The same with some of the used values dropped after the reading, by reason."""
        total = dict(self.dropped)
        for reason, count in dropped.items():
            if count:
                total[reason] = total.get(reason, 0) + count
        return replace(self, used=self.used - sum(dropped.values()), dropped=total)

    def beside(self, other: "Account", of: str) -> "Account":
        """What became of the values of both accounts together, which are called `of`."""
        reasons = {**self.dropped, **other.dropped}
        dropped = {why: self.dropped.get(why, 0) + other.dropped.get(why, 0) for why in reasons}
        both = Account(self.held + other.held, self.used + other.used, dropped, self.notes, of)
        return both.noted(*other.notes)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "of": self.of,
            "held": self.held,
            "used": self.used,
            "dropped": dict(self.dropped),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """As the attribute of a dataset."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The account that `to_json` wrote."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The account that `to_dict` made."""
        return cls(**{**values, "notes": tuple(values["notes"])})

    def lines(self) -> list[str]:
        """For a person to read: a line of totals, one a reason, one a note."""
        reasons = [f"  {count:,} {reason}" for reason, count in self.dropped.items() if count]
        return [f"{self.used:,} of {self.held:,} {self.of} used", *reasons, *self.notes]


class Sieve:
    """Takes values away, reason by reason; `left` says which are still used.

    Args:
        held: true where the file holds a value, of any shape.
    """

    def __init__(self, held: NDArray[np.bool_], of: str = "values"):
        self.left = np.array(held, dtype=bool)
        self.held, self.of = int(self.left.sum()), of
        self.dropped: dict[str, int] = {}
        self.notes: list[str] = []

    def drop(self, reason: str, where: NDArray[np.bool_]) -> None:
        """Take away what is still left where `where` is true (broadcast to the values)."""
        gone = self.left & where
        if gone.any():
            self.dropped[reason] = self.dropped.get(reason, 0) + int(gone.sum())
            self.left &= ~gone

    def note(self, *notes: str) -> None:
        """Keep what was decided, in words."""
        self.notes.extend(note for note in notes if note not in self.notes)

    def account(self) -> Account:
        """What became of the values."""
        used = int(self.left.sum())
        return Account(self.held, used, dict(self.dropped), tuple(self.notes), self.of)
