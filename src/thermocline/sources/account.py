"""The account of a reading: how many values a file holds and uses, and why others are dropped.

A reader begins with all values that the file holds and drops those that must not be used, each for
a reason in words. The rest is used, so values used and dropped always add up to values held.
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
"""Why a temperature is dropped that cannot be converted to potential temperature."""


@dataclass(frozen=True)
class Account:
    """What became of the values of a file.

    Attributes:
        held: number of values in the file, without missing ones.
        used: number of values that are used.
        dropped: number of values that are not used, by reason.
        notes: other decisions in words, such as which of two variables was read.
        of: what is counted, such as `values` or `observations`.
    """

    held: int
    used: int
    dropped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    of: str = "values"

    def __post_init__(self) -> None:
        assert self.used + sum(self.dropped.values()) == self.held, self

    def noted(self, *notes: str) -> "Account":
        """This account with more notes; equal ones appear once."""
        return replace(self, notes=tuple(dict.fromkeys((*self.notes, *notes))))

    def without(self, dropped: dict[str, int]) -> "Account":
        """This account with some of its used values dropped, by reason."""
        total = dict(self.dropped)
        for reason, count in dropped.items():
            if count:
                total[reason] = total.get(reason, 0) + count
        return replace(self, used=self.used - sum(dropped.values()), dropped=total)

    def beside(self, other: "Account", of: str) -> "Account":
        """The sum of both accounts, whose values are called `of`."""
        reasons = {**self.dropped, **other.dropped}
        dropped = {why: self.dropped.get(why, 0) + other.dropped.get(why, 0) for why in reasons}
        both = Account(self.held + other.held, self.used + other.used, dropped, self.notes, of)
        return both.noted(*other.notes)

    def to_dict(self) -> dict[str, Any]:
        """The account as plain JSON values."""
        return {
            "of": self.of,
            "held": self.held,
            "used": self.used,
            "dropped": dict(self.dropped),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """The account as text, for an attribute of a dataset."""
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
        """Lines for a person to read: totals, then one line for each reason and each note."""
        reasons = [f"  {count:,} {reason}" for reason, count in self.dropped.items() if count]
        return [f"{self.used:,} of {self.held:,} {self.of} used", *reasons, *self.notes]


class DropCounter:
    """Drops values for one reason after another, and counts them.

    Attributes:
        remaining: true where a value is still used; of the shape of `held`.

    Args:
        held: true where the file holds a value; of any shape.
        of: what is counted, such as `values`.
    """

    def __init__(self, held: NDArray[np.bool_], of: str = "values"):
        self.remaining = np.array(held, dtype=bool)
        self.held, self.of = int(self.remaining.sum()), of
        self.dropped: dict[str, int] = {}
        self.notes: list[str] = []

    def drop(self, reason: str, where: NDArray[np.bool_]) -> None:
        """Drop the remaining values where `where` is true (broadcast to their shape)."""
        gone = self.remaining & where
        if gone.any():
            self.dropped[reason] = self.dropped.get(reason, 0) + int(gone.sum())
            self.remaining &= ~gone

    def note(self, *notes: str) -> None:
        """Add decisions in words to the account; equal ones appear once."""
        self.notes.extend(note for note in notes if note not in self.notes)

    def account(self) -> Account:
        """The account of what has been dropped so far."""
        used = int(self.remaining.sum())
        return Account(self.held, used, dict(self.dropped), tuple(self.notes), self.of)
