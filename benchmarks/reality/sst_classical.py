"""The classical methods for daily SST, tuned on validation years, and spread factors for all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.scoring import gaussian_crps, mean_over, weight_of, weighted_rmse
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.baselines.ensemble.tuning import tune_ensemble_oi
from thermocline.baselines.univariate.oi import OptimalInterpolation
from thermocline.baselines.univariate.tuning import tune_oi
from thermocline.config import EnsembleOIConfig, OIConfig
from thermocline.files import atomic_path
from thermocline.ocean.anomalies import AnomalyMethod, AnomalyProblem
from thermocline.ocean.problem import Analysis

from .tasman import Case, Series

ENSEMBLE_OI = EnsembleOIConfig(
    radius_km=(600, 1000, 2000, 4000),
    season_months=(1, 2, 6),
    inflation=(0.8, 1.0, 1.25, 1.5),
)
OI = OIConfig(length_km=(50, 100, 150, 200, 300, 400, 600), error_factor=(1.0, 1.5, 2.0))
PERSISTENCE = (0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.99)
"""Correlation of anomalies a day apart, to choose from."""
FACTORS = np.geomspace(0.6, 1.8, 45)


@dataclass(frozen=True, eq=False)
class Respread:
    """A method whose stated spread is multiplied by a factor."""

    method: AnomalyMethod
    factor: float

    @property
    def name(self) -> str:
        return self.method.name

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """The method's mean; standard deviation and members further from it, or nearer."""
        answer = self.method.analyse(problem, members, seed)
        fields, std = answer.members, answer.std
        if fields is not None:
            fields = answer.mean + np.float32(self.factor) * (fields - answer.mean)
        if std is not None:
            std = np.float32(self.factor) * std
        return Analysis(answer.mean, std, fields, answer.evaluations, answer.seconds)


def respread(method: AnomalyMethod, cases: Sequence[Case], weight: NDArray) -> Respread:
    """The method with the spread factor of least Gaussian CRPS on `cases`; `weight` [H, W]."""
    total = np.zeros(FACTORS.size)
    for problem, truth in cases:
        answer, area = method.analyse(problem, 0, 0), weight_of(problem, weight)
        assert answer.std is not None
        for i, factor in enumerate(FACTORS):
            crps = gaussian_crps(answer.mean, factor * answer.std, truth)
            total[i] += float((area * crps).sum())
    return Respread(method, float(FACTORS[total.argmin()]))


def tuned_ensemble(
    cases: Sequence[Case], weight: NDArray, library: StateLibrary, path: Path
) -> EnsembleOI:
    """The ensemble OI with radius, season and inflation chosen on `cases`, kept in `path`."""
    if not path.is_file():
        ensemble, _ = tune_ensemble_oi(cases, weight, library, ENSEMBLE_OI)
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(ensemble.parameters), encoding="utf-8")
    return EnsembleOI(library, **json.loads(path.read_text(encoding="utf-8")))


def tuned_oi(series: Series, alone: Sequence[Case], cases: Sequence[Case], weight: NDArray):
    """OI with kernel, length and error factor by the days alone, and persistence by the window."""
    oi, _ = tune_oi(alone, weight, series.grid, OI)
    if not cases[0].problem.around:
        return oi
    candidates = [
        OptimalInterpolation(series.grid, oi.lengths_km, oi.error_factors, oi.kernels, [rho])
        for rho in PERSISTENCE
    ]
    return min(candidates, key=lambda method: rmse(method, cases, weight))


def rmse(method: AnomalyMethod, cases: Sequence[Case], weight: NDArray) -> float:
    """Mean over cases of the weighted RMSE."""
    return mean_over(
        [
            weighted_rmse(method.analyse(p, 0, 0).mean, truth, weight_of(p, weight))
            for p, truth in cases
        ]
    )
