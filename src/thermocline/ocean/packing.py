"""Fields as small integers: how values of a variable are kept in files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Packing:
    """value = offset + scale · count, where counts are integers of `dtype`, such as `i2`.

    The smallest integer stands for a missing value.
    """

    scale: float
    offset: float = 0.0
    dtype: str = "i2"

    @property
    def missing(self) -> int:
        """The count of a missing value."""
        return int(np.iinfo(self.dtype).min)

    def pack(self, field: NDArray) -> NDArray[np.integer]:
        """Values with NaN to counts; what no count can say becomes the nearest one that there is.

        That lies beyond the bounds of any variable, so that validation refuses it.
        """
        counts = np.rint((np.nan_to_num(field, nan=self.offset) - self.offset) / self.scale)
        most = np.iinfo(self.dtype).max
        packed = np.where(np.isfinite(field), np.clip(counts, -most, most), self.missing)
        return packed.astype(self.dtype)

    def unpack(self, packed: NDArray[np.integer]) -> NDArray[np.float32]:
        """The inverse of `pack`, to half a step."""
        field = packed.astype(np.float32) * np.float32(self.scale) + np.float32(self.offset)
        field[packed == self.missing] = np.nan
        return field
