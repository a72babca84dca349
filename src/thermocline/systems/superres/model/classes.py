"""Classes of cells by gradient magnitude, with one number for each class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.config.types import renamed

CALM_TO_STEEP = (0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97)
"""Quantiles of gradients that separate classes; the extreme classes differ most."""


def renamed_gradient(values: Any) -> Any:
    """Fields of a calibration; earlier contracts call the gradient magnitude `steepness`."""
    return renamed(values, steepness="gradient_magnitude")


class Classes:
    """Cells [n] in classes between quantiles of their gradient magnitude.

    Attributes:
        present: numbers of the classes that have cells: all, unless there are few distinct values.
        middle: their median gradient magnitude.
    """

    def __init__(self, gradient_magnitude: NDArray, weight: NDArray, quantiles: Sequence[float]):
        self.edges = np.quantile(gradient_magnitude, quantiles)
        self.weight, self.index = weight, np.digitize(gradient_magnitude, self.edges)
        self.present = np.unique(self.index)
        self.middle = np.array(
            [np.median(gradient_magnitude[self.index == k]) for k in self.present]
        )

    def sum(self, values: NDArray) -> NDArray[np.float64]:
        """Weighted sums [classes]."""
        return self._total(self.index, self.weight * values)

    def sum_of_others(
        self, gradient_magnitude: NDArray, weight: NDArray, values: NDArray
    ) -> NDArray[np.float64]:
        """The same of other cells [m], in the same classes; 0 for a class without any."""
        return self._total(np.digitize(gradient_magnitude, self.edges), weight * values)

    def _total(self, index: NDArray, values: NDArray) -> NDArray[np.float64]:
        return np.bincount(index, values, minlength=len(self.edges) + 1)[self.present]
