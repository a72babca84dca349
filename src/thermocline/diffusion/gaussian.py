"""A Gaussian prior, for which everything has a closed form.

    x ~ N(μ, C),   x_t = α·x + σ·ε

    D(x_t) = μ + α·C·(α²·C + σ²·I)⁻¹·(x_t − α·μ)
    x | y ~ N(μ + K·(y − H·μ), C − K·H·C),   K = C·Hᵀ·(H·C·Hᵀ + R)⁻¹

The reference in tests of samplers and guidance, and the example of the documentation.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from thermocline.diffusion.guidance.base import Observation
from thermocline.diffusion.schedule import spread


@dataclass(frozen=True)
class Gaussian:
    """N(μ, C) of fields.

    Args:
        mean: μ [C, H, W].
        covariance: C [n, n] over the flattened field, symmetric, n = C·H·W.
    """

    mean: Tensor
    covariance: Tensor

    def denoiser(self, x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        """The exact D(x_t; α, σ) [B, C, H, W]: a `Denoiser`."""
        values, vectors = torch.linalg.eigh(self.covariance.to(x_t))
        flat = x_t.flatten(1)
        mean = self.mean.to(x_t).flatten()
        alpha, sigma = spread(alpha_t, flat), spread(sigma_t, flat)
        gain = alpha * values / (alpha**2 * values + sigma**2)
        x_hat = mean + ((flat - alpha * mean) @ vectors * gain) @ vectors.T
        return x_hat.reshape(x_t.shape)

    def posterior(self, observation: Observation) -> "Gaussian":
        """N of the field given a masked noisy observation [1, C, H, W]."""
        n = self.mean.numel()
        mask = observation.mask.reshape(n).bool()
        s_y = torch.as_tensor(observation.s_y, dtype=self.mean.dtype)
        s_y = s_y.expand(observation.mask.shape).reshape(n)
        prior_of_observed = self.covariance[mask]
        innovation = (observation.y.reshape(n).to(self.mean) - self.mean.flatten())[mask]
        total = prior_of_observed[:, mask] + torch.diag(s_y[mask] ** 2)
        gain = torch.linalg.solve(total, prior_of_observed).T
        mean = self.mean.flatten() + gain @ innovation
        covariance = self.covariance - gain @ prior_of_observed
        return Gaussian(mean.reshape(self.mean.shape), (covariance + covariance.T) / 2)

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """[count, C, H, W] draws."""
        values, vectors = torch.linalg.eigh(self.covariance)
        white = torch.randn(count, len(values), generator=generator, dtype=values.dtype)
        flat = (white * values.clamp(min=0).sqrt()) @ vectors.T
        return self.mean + flat.reshape(count, *self.mean.shape)
