"""Numbers of a file, with what the file says about which of them may be used."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_VALUES = 50_000_000
"""Most values of one variable of observations (0.4 GB): twice the largest month of EN4."""

ABSURD = 1e10
"""Larger magnitudes are missing values that the file does not declare."""


@dataclass
class Quantity:
    """Values as the file states them, in arrays of one shape.

    Attributes:
        values: NaN where missing; values that must not be used are still included.
        flagged: where the provider's flag rejects the value.
        outside: where the value is outside the variable's valid range.
        unadjusted: where the file has a raw value, but not the adjusted one that must be used.
        held: where the file has a value, used or not.
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
        """Values without flags or a valid range."""
        none, values = np.zeros(np.shape(values), dtype=bool), np.asarray(values, np.float64)
        return cls(values, none, none, none, np.isfinite(values), attributes)

    @property
    def accepted(self) -> NDArray[np.float64]:
        """The values that may be used; NaN elsewhere."""
        return np.where(self.flagged | self.outside | self.unadjusted, np.nan, self.values)

    def where(self, chosen: NDArray[np.bool_], other: "Quantity") -> "Quantity":
        """This quantity where `chosen`, the other one elsewhere."""
        return self.map(lambda name, mine: np.where(chosen, mine, getattr(other, name)))

    def map(self, change: Callable[[str, NDArray], NDArray]) -> "Quantity":
        """This quantity with each array replaced by `change(name, array)`."""
        names = ("values", "flagged", "outside", "unadjusted", "held")
        arrays: dict[str, Any] = {name: change(name, getattr(self, name)) for name in names}
        return replace(self, **arrays)
