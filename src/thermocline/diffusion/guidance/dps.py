"""Diffusion posterior sampling, with the likelihood's width taken from the misfit itself.

    D_y = D + scale·(σ²/α)·Jᵀ·m·(y − D)/(q + s_y²),     q = mean over observed cells of (y − D)²

Chung et al. (2023) descend ‖y − m·D‖ with a step that is re-normalised by the misfit at every
time, because the error of D at large noise is unknown. Here the misfit's mean square stands for it
as a variance, so that the rule is a posterior denoiser for any sampler and step count, `scale` has
no unit, and s_y² takes over once D fits. One backward pass a call; not exact for any prior.

Source: Chung et al. (2023), "Diffusion posterior sampling for general noisy inverse problems".
"""

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation, linearise
from thermocline.diffusion.guidance.mmps import dot
from thermocline.diffusion.schedule import spread


class PosteriorSampling(Guidance):
    """DPS.

    Args:
        scale: strength; 1 takes the misfit at its word.
    """

    def __init__(self, scale: float = 1.0):
        self.scale = scale

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
        innovation = observation.innovation(x_hat)
        mask = observation.weight(x_t)
        misfit = dot(innovation, innovation) / dot(mask, mask).clamp(min=1)
        z = innovation / (misfit + observation.variance(x_t))
        return x_hat + self.scale * gain * transposed(z)
