"""Discrete variance-preserving schedules (Ho et al., 2020).

    ᾱ_t = Π_{s ≤ t} (1 − β_s),   ᾱ_0 = 1,   α = √ᾱ_t,   σ = √(1 − ᾱ_t),   t = 0 … T

Between the integers log ᾱ is interpolated linearly, which is to hold β constant over a step, so
that every real t in [0, T] has its α and σ. t counts as in the paper: 0 is clean, and libraries
that index β from zero call our t = 1 their timestep 0.

    linear:     β from β_1 to β_T                          Ho et al. (2020)
    quadratic:  √β from √β_1 to √β_T
    sigmoid:    β = β_1 + (β_T − β_1)·sigmoid(u), u from −6 to 6
    cosine:     ᾱ(τ) ∝ cos²((τ + s)/(1 + s)·π/2), s = 0.008, β ≤ 0.999    Nichol & Dhariwal (2021)
"""

import math

import torch
from torch import Tensor

from thermocline.diffusion.schedule import Schedule, double


class VariancePreserving(Schedule):
    """α² + σ² = 1 from a table of betas.

    Args:
        betas: [T] noise variances of the single steps, each in (0, 1).
    """

    def __init__(self, betas: Tensor):
        self.betas = betas.to(torch.float64)
        log_step = torch.log1p(-self.betas)
        self.log_alpha_bar = torch.cat([log_step.new_zeros(1), torch.cumsum(log_step, 0)])

    @property
    def steps(self) -> int:
        """T, the number of betas and the noisiest time."""
        return len(self.betas)

    def alpha(self, t: Tensor | float) -> Tensor:
        return torch.exp(self._log_alpha_bar(t) / 2)

    def sigma(self, t: Tensor | float) -> Tensor:
        return torch.sqrt(-torch.expm1(self._log_alpha_bar(t)))

    def time_of(self, noise_ratio: Tensor | float) -> Tensor:
        wanted = torch.log1p(double(noise_ratio) ** 2)  # −log ᾱ, since ᾱ = 1/(1 + σ²/α²)
        table = -self.log_alpha_bar.to(wanted.device)
        above = torch.searchsorted(table, wanted.contiguous()).clamp(1, self.steps)
        low, high = table[above - 1], table[above]
        return above - 1 + ((wanted - low) / (high - low)).clamp(0, 1)

    def grid(self, steps: int, start: float | None = None) -> Tensor:
        first = float(self.steps if start is None else start)
        return torch.linspace(first, 0, steps + 1, dtype=torch.float64)

    def _log_alpha_bar(self, t: Tensor | float) -> Tensor:
        t = double(t)
        table = self.log_alpha_bar.to(t.device)
        below = t.floor().long().clamp(0, self.steps - 1)
        return torch.lerp(table[below], table[below + 1], t - below)


class Linear(VariancePreserving):
    """DDPM's own: β grows linearly."""

    def __init__(self, T: int = 1000, first: float = 1e-4, last: float = 0.02):
        super().__init__(torch.linspace(first, last, T, dtype=torch.float64))


class Quadratic(VariancePreserving):
    """√β grows linearly ("scaled linear")."""

    def __init__(self, T: int = 1000, first: float = 1e-4, last: float = 0.02):
        super().__init__(torch.linspace(first**0.5, last**0.5, T, dtype=torch.float64) ** 2)


class Sigmoid(VariancePreserving):
    """β follows a logistic curve."""

    def __init__(self, T: int = 1000, first: float = 1e-4, last: float = 0.02):
        curve = torch.sigmoid(torch.linspace(-6, 6, T, dtype=torch.float64))
        super().__init__(first + (last - first) * curve)


class Cosine(VariancePreserving):
    """ᾱ follows a squared cosine; the largest β is capped so that the last step stays defined."""

    def __init__(self, T: int = 1000, s: float = 0.008, cap: float = 0.999):
        tau = torch.linspace(0, 1, T + 1, dtype=torch.float64)
        alpha_bar = torch.cos((tau + s) / (1 + s) * math.pi / 2) ** 2
        super().__init__((1 - alpha_bar[1:] / alpha_bar[:-1]).clamp(max=cap))
