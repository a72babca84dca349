"""Schedules given by a formula in continuous time.

    EDM:   α = 1,     σ = t,  t_i^(1/ρ) = σ_max^(1/ρ) + i/(N−1)·(σ_min^(1/ρ) − σ_max^(1/ρ)), t_N = 0
    Flow:  α = 1 − t, σ = t,  t_i = t_max·(1 − i/N)

Sources: Karras et al. (2022), "Elucidating the design space of diffusion-based generative
models", eq. 5; Lipman et al. (2023) and Liu et al. (2023) for the straight path.
"""

import torch
from torch import Tensor

from thermocline.diffusion.schedule import Schedule, double, karras


class EDM(Schedule):
    """Variance exploding with σ(t) = t and Karras spacing; noise levels σ_max … σ_min, then 0."""

    def __init__(self, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = 7.0):
        self.sigma_min, self.sigma_max, self.rho = sigma_min, sigma_max, rho

    def alpha(self, t: Tensor | float) -> Tensor:
        return torch.ones_like(double(t))

    def sigma(self, t: Tensor | float) -> Tensor:
        return double(t)

    def time_of(self, noise_ratio: Tensor | float) -> Tensor:
        return double(noise_ratio)

    def grid(self, steps: int, start: float | None = None) -> Tensor:
        high = self.sigma_max if start is None else float(start)
        levels = karras(high, min(self.sigma_min, high), steps, self.rho)
        return torch.cat([levels, levels.new_zeros(1)])


class Flow(Schedule):
    """The straight path from data to noise.

    The grid starts at `t_max`, just short of 1, because α(1) = 0 leaves σ/α infinite.
    """

    def __init__(self, t_max: float = 0.999):
        self.t_max = t_max

    def alpha(self, t: Tensor | float) -> Tensor:
        return 1 - double(t)

    def sigma(self, t: Tensor | float) -> Tensor:
        return double(t)

    def time_of(self, noise_ratio: Tensor | float) -> Tensor:
        ratio = double(noise_ratio)
        return (ratio / (1 + ratio)).clamp(max=self.t_max)

    def grid(self, steps: int, start: float | None = None) -> Tensor:
        high = self.t_max if start is None else float(start)
        return torch.linspace(high, 0, steps + 1, dtype=torch.float64)
