"""Residual shifting: diffusion from a high-quality field to a known, cheaper one in few steps.

    q(x_t | x, y) = N(x + η_t·(y − x), κ²·η_t·u²),     t = 0 … T,   η_0 = 0
    √η_t = √η_1 · (√η_T/√η_1)^(((t−1)/(T−1))^p),   √η_1 = min(0.2/κ, 0.2, √0.001),  √η_T = 0.99

Seen from r_t = x_t − η_t·y this is an ordinary schedule, r_t = (1 − η_t)·x + κ√η_t·u·ε, that is
α = 1 − η_t and σ = κ√η_t: denoisers, guidance and samplers work on r_t without change.

Source: Yue et al. (2023), "ResShift", arXiv 2307.12348; the numbers are those of UADM (Huang et
al., 2025, see `ocean.uncertainty_map`).
"""

import torch
from torch import Tensor

from thermocline.diffusion.schedule import Schedule, double


class ResidualShift(Schedule):
    """α = 1 − η_t, σ = κ√η_t on t = 0 … T; real times between 0 and 1 interpolate √η linearly."""

    def __init__(
        self,
        T: int = 5,
        kappa: float = 2.5,
        power: float = 0.2,
        minimum_noise: float = 0.2,
        last: float = 0.99,
    ):
        self.T, self.kappa, self.power, self.last = T, kappa, power, last
        self.first = min(minimum_noise / kappa, minimum_noise, 0.001**0.5)

    def eta(self, t: Tensor | float) -> Tensor:
        """The shift η_t, float64, of `t`'s shape."""
        t = double(t)
        position = ((t - 1).clamp(min=0) / max(self.T - 1, 1)) ** self.power
        root = self.first * (self.last / self.first) ** position * t.clamp(max=1)
        return root**2

    def alpha(self, t: Tensor | float) -> Tensor:
        return 1 - self.eta(t)

    def sigma(self, t: Tensor | float) -> Tensor:
        return self.kappa * torch.sqrt(self.eta(t))

    def time_of(self, noise_ratio: Tensor | float) -> Tensor:
        # ratio = κ√η/(1 − η): a quadratic in √η, then the formula for √η solved for t.
        ratio = double(noise_ratio)
        root = 2 * ratio / (self.kappa + torch.sqrt(self.kappa**2 + 4 * ratio**2))
        position = torch.log((root / self.first).clamp(min=1)) / torch.log(
            double(self.last / self.first)
        )
        late = 1 + (self.T - 1) * position.clamp(max=1) ** (1 / self.power)
        return torch.where(root < self.first, root / self.first, late)

    def grid(self, steps: int, start: float | None = None) -> Tensor:
        first = float(self.T if start is None else start)
        return torch.linspace(first, 0, steps + 1, dtype=torch.float64)
