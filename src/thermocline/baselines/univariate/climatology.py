"""Climatology: zero anomaly, with the standard deviation of the training years."""

import time

import numpy as np

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis


class Climatology:
    """Mean 0 and standard deviation 1 in normalised anomalies; observations are ignored."""

    name = "climatology"

    def analyse(self, problem: AnomalyProblem, members: int = 0, seed: int = 0) -> Analysis:
        """The prior [C, H, W]; 0 on land."""
        start = time.perf_counter()
        std = problem.ocean.astype(np.float32)
        return Analysis(np.zeros_like(std), std, seconds=time.perf_counter() - start)
