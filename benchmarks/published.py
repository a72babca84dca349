"""The published preset: noise-free guidance of 1000 DDPM steps (ReconMOST, 2025).

    mean ← mean + s·β̃_t·g,    g = m·2(y − x̂) smoothed over 5 × 5 cells,    linear β 1e-4 … 0.02

A point estimate: one chain, no observation error, no back-propagation. It is published on
temperatures scaled to [−1, 1] by 2(T + 5)/45 − 1, where x̂ is clipped; on normalised anomalies,
which have no bounds, nothing is clipped.
"""

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.diffusion.guidance import Observation
from thermocline.diffusion.guidance.reconmost import ReconMOST, reconmost_sample
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.schedules import make_schedule
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis
from thermocline.ocean.statistics import Statistics
from thermocline.systems.reconstruct.model.prior import Prior

Scaling = Literal["anomalies", "published"]


def scale(celsius: NDArray) -> NDArray[np.float32]:
    """2(T + 5)/45 − 1, which takes −5…40 °C to [−1, 1]."""
    return (2 * (celsius + 5) / 45 - 1).astype(np.float32)


def unscale(scaled: NDArray) -> NDArray[np.float32]:
    """The inverse of `scale`, in °C."""
    return ((scaled + 1) * 22.5 - 5).astype(np.float32)


@dataclass
class Published:
    """ReconMOST's method around a prior; an `AnomalyMethod`.

    Args:
        prior: trained on what `scaling` says.
        statistics: to take a problem's anomalies to temperatures and back.
        steps: of the chain; the network is evaluated once in each.
        strength: s, 4 to 5 as published.
    """

    prior: Prior
    statistics: Statistics
    scaling: Scaling = "anomalies"
    steps: int = 1000
    strength: float = 4.5
    name: str = "reconmost"

    def analyse(self, problem: AnomalyProblem, members: int = 1, seed: int = 0) -> Analysis:
        """One chain; `members` is ignored."""
        began = time.perf_counter()
        device = next(self.prior.network.parameters()).device
        ocean = torch.from_numpy(problem.ocean)[None].to(device)
        denoiser = self.prior.denoiser(ocean, torch.tensor([problem.month], device=device))
        y = self._into(problem.y, problem.month)
        observation = Observation(
            torch.from_numpy(y)[None].to(device),
            torch.from_numpy(problem.observed)[None].to(device),
            1.0,
        )
        clip = (-1.0, 1.0) if self.scaling == "published" else None
        noise = MemberNoise(seed, [0], problem.y.shape, device)
        x = reconmost_sample(
            denoiser,
            make_schedule("linear"),
            (1, *problem.y.shape),
            self.steps,
            noise,
            observation,
            ReconMOST(scale=self.strength, clip=clip),
        )
        mean = self._out_of((x[0] * ocean[0]).cpu().numpy(), problem.month)
        return Analysis(
            np.where(problem.ocean, mean, 0).astype(np.float32),
            evaluations=self.steps,
            seconds=time.perf_counter() - began,
        )

    def _into(self, anomaly: NDArray, month: int) -> NDArray[np.float32]:
        if self.scaling == "anomalies":
            return anomaly
        return scale(np.nan_to_num(self.statistics.denormalise(anomaly, month)))

    def _out_of(self, field: NDArray, month: int) -> NDArray[np.float32]:
        if self.scaling == "anomalies":
            return field
        return self.statistics.normalise(unscale(field), month)
