"""A file's numbers, with what the file itself says of which may be used."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_VALUES = 50_000_000
"""Most values of one variable of observations: twice the largest EN4 month, 0.4 GB unpacked."""

ABSURD = 1e10
"""Magnitudes above this are some provider's missing value that the file does not declare."""


@dataclass
class Quantity:
    """Values as a file states them, float64 of any shape.

    Attributes:
        values: NaN where missing; those that must not be used are here still.
        flagged: where the provider's flag rejects the value.
        outside: where a value lies outside the range that the variable declares valid.
        unadjusted: where the file holds a value, but not the adjusted one that it asks to use.
        held: where the file holds a value, whether it is used or not.
        attributes: of the variable.
    """

    values: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    unadjusted: NDArray[np.bool_]
    held: NDArray[np.bool_]
    attributes: dict[str, object]

    @classmethod
    def plain(cls, values: NDArray, **attributes: object) -> "Quantity":
        """Values of which nothing else is said."""
        none, values = np.zeros(np.shape(values), dtype=bool), np.asarray(values, np.float64)
        return cls(values, none, none, none, np.isfinite(values), attributes)

    @property
    def accepted(self) -> NDArray[np.float64]:
        """The values that may be used; NaN elsewhere."""
        return np.where(self.flagged | self.outside | self.unadjusted, np.nan, self.values)

    def where(self, chosen: NDArray[np.bool_], other: "Quantity") -> "Quantity":
        """This one where `chosen`, the other elsewhere."""
        return self.map(lambda name, mine: np.where(chosen, mine, getattr(other, name)))

    def map(self, change: Callable[[str, NDArray], NDArray]) -> "Quantity":
        """The same with each array changed, given its name and itself."""
        names = ("values", "flagged", "outside", "unadjusted", "held")
        arrays: dict[str, Any] = {name: change(name, getattr(self, name)) for name in names}
        return replace(self, **arrays)
