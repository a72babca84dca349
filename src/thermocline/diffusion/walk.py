"""A sampler's trajectory: times, coefficients, noise, and a callback.

t_0 > t_1 > … > t_N,   α_i = α(t_i),   σ_i = σ(t_i),   σ_N = 0
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.noise import Noise
from thermocline.diffusion.schedule import Schedule


@dataclass(frozen=True)
class Intermediate:
    """The state x_t [B, C, H, W] before transition `step`, and D(x_t)."""

    step: int
    time: float
    alpha_t: float
    sigma_t: float
    x_t: Tensor
    x_hat: Tensor


Callback = Callable[[Intermediate], None]


@dataclass(frozen=True)
class Walk:
    """Times and coefficients of all steps, as Python floats (double precision)."""

    schedule: Schedule
    times: list[float]
    alpha: list[float]
    sigma: list[float]
    noise: Noise
    callback: Callback | None = None

    @classmethod
    def along(
        cls, schedule: Schedule, times: Tensor, noise: Noise, callback: Callback | None = None
    ) -> "Walk":
        """The trajectory over `times` [N + 1]."""
        alpha, sigma = schedule.alpha(times).tolist(), schedule.sigma(times).tolist()
        return cls(schedule, times.tolist(), alpha, sigma, noise, callback)

    @property
    def steps(self) -> int:
        """Number of transitions N."""
        return len(self.times) - 1

    def fresh(self, step: int) -> Tensor:
        """ε of transition `step`."""
        return self.noise.noise(step + 1)

    def denoise(
        self, denoiser: Denoiser, x: Tensor, step: int, sigma: float | None = None
    ) -> Tensor:
        """D at `step`, or at a higher `sigma` there; the callback receives it."""
        sigma = self.sigma[step] if sigma is None else sigma
        x_hat = evaluate(denoiser, x, self.alpha[step], sigma)
        if self.callback is not None:
            stop = Intermediate(step, self.times[step], self.alpha[step], sigma, x, x_hat)
            self.callback(stop)
        return x_hat


def evaluate(denoiser: Denoiser, x: Tensor, alpha: float, sigma: float) -> Tensor:
    """D(x; α, σ), the coefficients as scalars of `x`'s type and device."""
    alpha_t = torch.full((), alpha, dtype=x.dtype, device=x.device)
    sigma_t = torch.full((), sigma, dtype=x.dtype, device=x.device)
    return denoiser(x, alpha_t, sigma_t)
