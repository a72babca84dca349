"""Cells parted by how steep the field is there, with one number for each class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CALM_TO_STEEP = (0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97)
"""Quantiles that part members' classes: the calmest few cells and the steepest few differ most."""


class Classes:
    """Cells [n] in classes that quantiles of their steepness part.

    Attributes:
        present: numbers of the classes that have cells: all but where steepness takes few values.
        middle: their median steepness.
    """

    def __init__(self, steepness: NDArray, weight: NDArray, quantiles: Sequence[float]):
        self.edges = np.quantile(steepness, quantiles)
        self.weight, self.index = weight, np.digitize(steepness, self.edges)
        self.present = np.unique(self.index)
        self.middle = np.array([np.median(steepness[self.index == k]) for k in self.present])

    def sum(self, values: NDArray) -> NDArray[np.float64]:
        """Weighted sums [classes]."""
        return self._total(self.index, self.weight * values)

    def sum_of_others(
        self, steepness: NDArray, weight: NDArray, values: NDArray
    ) -> NDArray[np.float64]:
        """The same of other cells [m], parted as these are; 0 where there are none."""
        return self._total(np.digitize(steepness, self.edges), weight * values)

    def _total(self, index: NDArray, values: NDArray) -> NDArray[np.float64]:
        return np.bincount(index, values, minlength=len(self.edges) + 1)[self.present]
