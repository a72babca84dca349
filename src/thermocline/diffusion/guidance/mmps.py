"""Moment matching: the posterior denoiser of a linear-Gaussian observation.

    D_y = D + (σ²/α)·Jᵀ·m·z,      (s_y² + (σ²/α)·m·J·m) z = m·(y − D)

(σ²/α)·J is the covariance of x given x_t (Tweedie), so that p(y | x_t) is matched in mean and
covariance; exact for a Gaussian prior. z comes from `iterations` conjugate-gradient steps. J is
taken to be symmetric, as that of an exact denoiser is: each step then costs one vector–Jacobian
product, and the sum of these products already is Jᵀ·m·z.

Source: Rozet et al. (2024), "Learning diffusion priors from observations by expectation
maximization", eq. 8.
"""

import torch
from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation, linearise
from thermocline.diffusion.schedule import spread
from thermocline.errors import BadConfig


class MomentMatching(Guidance):
    """MMPS.

    Args:
        iterations: conjugate-gradient steps, each one backward pass.
        tolerance: a member stops early where ‖residual‖ falls below this share of the first.
    """

    def __init__(self, iterations: int = 3, tolerance: float = 1e-6):
        if iterations < 1:
            raise BadConfig(f"{iterations} iterations", where="mmps", fix="take at least one")
        self.iterations, self.tolerance = iterations, tolerance

    def forward(
        self,
        denoiser: Denoiser,
        observation: Observation,
        x_t: Tensor,
        alpha_t: Tensor,
        sigma_t: Tensor,
    ) -> Tensor:
        gain = spread(sigma_t, x_t) ** 2 / spread(alpha_t, x_t)
        x_hat, transposed = linearise(denoiser, x_t, alpha_t, sigma_t)
        mask, error = observation.weight(x_t), observation.variance(x_t)

        residual = observation.innovation(x_hat)
        direction = residual
        correction = torch.zeros_like(x_hat)  # (σ²/α)·Jᵀ·m·z, built up along with z
        norm = first = dot(residual, residual)
        for _ in range(self.iterations):
            image = gain * transposed(direction)
            curved = error * direction + mask * image
            curvature = dot(direction, curved)
            # An imperfect J can be indefinite, and a solved system has nothing left to do: stay.
            going = (curvature > 0) & (norm > self.tolerance**2 * first)
            length = torch.where(going, norm / curvature, torch.zeros_like(norm))
            correction = correction + length * image
            residual = residual - length * curved
            smaller = dot(residual, residual)
            turn = torch.where(going, smaller / norm, torch.zeros_like(norm))
            direction, norm = residual + turn * direction, smaller
        return x_hat + correction


def dot(a: Tensor, b: Tensor) -> Tensor:
    """⟨a, b⟩ of each member, [B, 1, 1, 1]."""
    return (a * b).flatten(1).sum(1).reshape(-1, *[1] * (a.ndim - 1))
