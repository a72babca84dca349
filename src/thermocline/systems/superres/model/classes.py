"""Cells parted by how steep the field is there, with one number for each class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Classes:
    """Cells [n] in classes that quantiles of their steepness part.

    Attributes:
        present: numbers of the classes that have cells: all but where steepness takes few values.
        middle: their median steepness.
    """

    def __init__(self, steepness: NDArray, weight: NDArray, quantiles: Sequence[float]):
        self.weight, self.count = weight, len(quantiles) + 1
        self.index = np.digitize(steepness, np.quantile(steepness, quantiles))
        self.present = np.unique(self.index)
        self.middle = np.array([np.median(steepness[self.index == k]) for k in self.present])

    def sum(self, values: NDArray) -> NDArray[np.float64]:
        """Weighted sums [classes]."""
        total = np.bincount(self.index, self.weight * values, minlength=self.count)
        return total[self.present]
