"""Known-cell overwriting.

    D_y = m·y + (1 − m)·D

The observation is taken to be exact (s_y is not used), and neighbours feel it only as far as the
network carries it: a cheap baseline without a backward pass.
"""

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation


class Replace(Guidance):
    """Overwrites x̂ where it was observed."""

    def forward(
        self,
        denoiser: Denoiser,
        observation: Observation,
        x_t: Tensor,
        alpha_t: Tensor,
        sigma_t: Tensor,
    ) -> Tensor:
        x_hat = denoiser(x_t, alpha_t, sigma_t)
        return x_hat + observation.innovation(x_hat)
