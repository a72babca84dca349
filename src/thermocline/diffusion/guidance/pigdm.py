"""ΠGDM: pseudo-inverse guidance for a masked, noisy observation.

    D_y = D + (σ²/α)·Jᵀ·m·(y − D)/(r_t² + s_y²),     r_t² = σ²v/(σ² + α²v)

r_t² is the variance of x given x_t for a prior of variance v without correlations; for such a prior
the method is exact. The observation at one cell reaches others only through J, as many at once as
if they were independent: with correlated priors nearby observations are counted double (use
`mmps`). One backward pass a call.

Source: Song et al. (2023), "Pseudoinverse-guided diffusion models for inverse problems".
"""

import torch
from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation, linearise
from thermocline.diffusion.schedule import spread


class PseudoInverse(Guidance):
    """ΠGDM.

    Args:
        prior_variance: v, a number or a field that broadcasts to [B, C, H, W].
    """

    def __init__(self, prior_variance: Tensor | float = 1.0):
        self.prior_variance = prior_variance

    def forward(
        self,
        denoiser: Denoiser,
        observation: Observation,
        x_t: Tensor,
        alpha_t: Tensor,
        sigma_t: Tensor,
    ) -> Tensor:
        alpha, variance = spread(alpha_t, x_t), spread(sigma_t, x_t) ** 2
        v = torch.as_tensor(self.prior_variance, dtype=x_t.dtype, device=x_t.device)
        x_hat, transposed = linearise(denoiser, x_t, alpha_t, sigma_t)
        spread_given_x_t = variance * v / (variance + alpha**2 * v)
        z = observation.innovation(x_hat) / (spread_given_x_t + observation.variance(x_t))
        return x_hat + variance / alpha * transposed(z)
