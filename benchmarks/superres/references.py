"""Interpolations that are measured beside the methods of the library, to compare with others'."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import zoom

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis

from .place import PlaceRegression, yearly_cycle


class Spline:
    """SciPy's cubic spline through the block means, which are constant beyond the edges."""

    name = "cubic spline"

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean [1, H, W], °C."""
        return Analysis(self.cells(problem.value, problem.factor)[None])

    @staticmethod
    def cells(value: np.ndarray, factor: int) -> np.ndarray:
        """[h, w] → [factor·h, factor·w]; land is not looked after."""
        return zoom(value, factor, order=3, mode="nearest", grid_mode=True).astype(np.float32)


class SeasonalSpline:
    """The yearly cycle of every cell, and the spline of what the blocks differ from theirs.

    Args:
        place: knows the yearly cycles.
    """

    name = "climatology + cubic spline"

    def __init__(self, place: PlaceRegression):
        self.place = place

    def analyse(self, problem: LowResolution, members: int = 0, seed: int = 0) -> Analysis:
        """Mean [1, H, W], °C."""
        cycle = yearly_cycle(np.array([problem.date]), self.place.harmonics)[0]
        anomaly = np.zeros(problem.value.shape)
        anomaly[self.place.observed] = (
            problem.value[self.place.observed] - cycle @ self.place.coarse
        )
        mean = np.zeros((1, *problem.ocean.shape), np.float32)
        cells = Spline.cells(anomaly, problem.factor)[self.place.ocean]
        mean[0, self.place.ocean] = cycle @ self.place.fine + cells
        return Analysis(mean)
