"""What every noise schedule offers.

x_t = α(t)·x + σ(t)·ε,   log SNR(t) = 2·log(α(t)/σ(t))
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor


class Schedule(ABC):
    """α(t), σ(t) and the times a sampler visits; t grows with the noise."""

    @abstractmethod
    def alpha(self, t: Tensor | float) -> Tensor:
        """Signal coefficient α(t), float64, of `t`'s shape."""

    @abstractmethod
    def sigma(self, t: Tensor | float) -> Tensor:
        """Noise standard deviation σ(t), float64, of `t`'s shape."""

    @abstractmethod
    def grid(self, steps: int, start: float | None = None) -> Tensor:
        """Times [steps + 1] from the noisiest (or from `start`) to the clean one, where σ = 0."""

    @abstractmethod
    def time_of(self, noise_ratio: Tensor | float) -> Tensor:
        """The time at which σ/α equals `noise_ratio` (clamped to the schedule's range)."""

    def noise_ratio(self, t: Tensor | float) -> Tensor:
        """σ(t)/α(t)."""
        return self.sigma(t) / self.alpha(t)


def double(t: Tensor | float) -> Tensor:
    """`t` as a float64 tensor, on its own device."""
    return torch.as_tensor(t, dtype=torch.float64)


def karras(high: float, low: float, steps: int, rho: float) -> Tensor:
    """Noise levels evenly spaced in σ^(1/ρ) (Karras et al., 2022, eq. 5), [steps], descending."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    levels = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    levels[-1], levels[0] = low, high  # the ends exactly, free of rounding
    return levels


def perturb(x: Tensor, noise: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
    """x_t = α·x + σ·ε for `x`, `noise` [B, C, H, W] and coefficients that are scalars or [B]."""
    return spread(alpha_t, x) * x + spread(sigma_t, x) * noise


def spread(scalar: Tensor | float, like: Tensor) -> Tensor:
    """A scalar or [B] tensor, shaped and typed so that it multiplies `like` [B, …]."""
    value = torch.as_tensor(scalar, dtype=like.dtype, device=like.device)
    return value.reshape(-1, *[1] * (like.ndim - 1)) if value.ndim else value
