"""Our answer about daily SST: draws of the ensemble OI, moved and reshaped by a network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from thermocline.baselines.common.scoring import gaussian_crps, weight_of
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis, Field

from .sst_network import adjustment
from .tasman import Case, Series

POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
AROUND = (0.9, 0.95, 1.0, 1.05, 1.1)


@dataclass(frozen=True, eq=False)
class Reshaped:
    """The ensemble OI with mean and spread adjusted by a network; an `AnomalyMethod`.

    Mean m = a + g σ δ, members m + sʰ (e_k − a), with e_k draws from the ensemble OI's posterior.

    Attributes:
        shift_gate, spread_gate: g and h, how far the network is trusted.
    """

    network: nn.Module
    ensemble: EnsembleOI
    series: Series
    shift_gate: float = 1.0
    spread_gate: float = 1.0
    name: str = "thermocline"

    def analyse(self, problem: AnomalyProblem, members: int, seed: int) -> Analysis:
        """Mean and standard deviation [1, H, W]; `members` draws, or none."""
        began = time.perf_counter()
        known = self.ensemble.analyse(problem)
        shift, factor = self.adjust(problem, known)
        mean, factor = known.mean + self.shift_gate * shift, factor**self.spread_gate
        assert known.std is not None
        fields = None
        if members:
            a, draws = self.ensemble.posterior(problem, range(members), seed, gaussian=True)
            fields = mean + factor * (draws - a)
        seconds = time.perf_counter() - began
        return Analysis(mean, factor * known.std, fields, evaluations=1, seconds=seconds)

    def adjust(self, problem: AnomalyProblem, known: Analysis) -> tuple[Field, Field]:
        """σ δ and s [1, H, W] of the ensemble OI's analysis."""
        assert known.std is not None
        tensor = lambda field: torch.from_numpy(np.asarray(field, np.float32))[None]
        y, where, a, sigma = map(tensor, (problem.y, problem.observed, known.mean, known.std))
        month = torch.tensor([problem.month])
        with torch.no_grad():
            delta, s = adjustment(self.network, self.series, y, where, a, sigma, month)
        return known.std * delta[0].numpy() * problem.ocean, s[0].numpy()

    def gated(self, cases: Sequence[Case], weight: NDArray, shrink: float = 0.9) -> Reshaped:
        """With the gates that suit `cases` best, both in [0, 1]; `weight` [H, W] of cells.

        That of the shift has the least squared error, that of the factor the least CRPS beside a
        factor for all cells; both are shrunk.
        """
        parts = []
        for problem, truth in cases:
            known = self.ensemble.analyse(problem)
            parts.append((truth, known, *self.adjust(problem, known), weight_of(problem, weight)))
        above = sum(float((w * shift * (x - a.mean)).sum()) for x, a, shift, _, w in parts)
        below = sum(float((w * shift**2).sum()) for *_, shift, _, w in parts)
        g = float(np.clip(shrink * above / below, 0, 1)) if below else 0.0

        def crps(h: float, factor: float) -> float:
            return sum(
                float((w * gaussian_crps(a.mean + g * shift, factor * s**h * a.std, x)).sum())
                for x, a, shift, s, w in parts
                if a.std is not None
            )

        h = min(POWERS, key=lambda h: min(crps(h, factor) for factor in AROUND))
        return replace(self, shift_gate=g, spread_gate=shrink * h)
