"""Any method, given observations that have been checked first."""

import time
from dataclasses import dataclass, replace

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.quality_control import screen_window
from thermocline.ocean.anomalies import AnomalyMethod, AnomalyProblem
from thermocline.ocean.problem import Analysis


@dataclass(frozen=True)
class ScreenedMethod:
    """`method` with the checks of `baselines.quality_control`; an `AnomalyMethod` of the same name.

    `ensemble` judges the observations, whichever method answers, so that all are given the same.
    """

    method: AnomalyMethod
    ensemble: EnsembleOI

    @property
    def name(self) -> str:
        return self.method.name

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """The method's answer to what is left of `problem`; `seconds` includes the checks."""
        began = time.perf_counter()
        checked, _ = screen_window(problem, self.ensemble)
        analysis = self.method.analyse(checked, members, seed)
        return replace(analysis, seconds=time.perf_counter() - began)
