"""Known-cell overwriting, alone and with RePaint's resampling.

    denoiser:   D_y = m·y + (1 − m)·D
    RePaint:    before each call of D,   x_t ← m·(α·y + σ·ε) + (1 − m)·x_t,
                and each transition t → s is done `resample` times, going back by
                x_t = (α_t/α_s)·x_s + √(σ_t² − (α_t/α_s)²·σ_s²)·ε in between

The observation is taken to be exact (s_y is not used), and neighbours feel it only as far as the
network carries it: a cheap baseline without a backward pass.

Source: Lugmayr et al. (2022), "RePaint", eq. 8 and algorithm 1.
"""

from collections.abc import Sequence
from math import sqrt

import torch
from torch import Tensor

from thermocline.diffusion.ancestral import posterior_variance
from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation
from thermocline.diffusion.noise import Noise
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.walk import Walk


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


def repaint_sample(
    denoiser: Denoiser,
    schedule: Schedule,
    x_start: Tensor | Sequence[int],
    steps: int,
    noise: Noise,
    observation: Observation,
    resample: int = 1,
    start_time: float | None = None,
) -> Tensor:
    """DDPM fields [B, C, H, W] whose known cells follow y; costs steps·resample evaluations of D.

    `x_start` is a noisy state or its shape, as in `sample`.
    """
    walk = Walk.along(schedule, schedule.grid(steps, start_time), noise)
    with torch.inference_mode():
        x = x_start if isinstance(x_start, Tensor) else walk.sigma[0] * noise.noise(0)
        draw = 0  # noise steps are numbered on: three a round
        for step in range(walk.steps):
            alpha_t, sigma_t = walk.alpha[step], walk.sigma[step]
            alpha_s, sigma_s = walk.alpha[step + 1], walk.sigma[step + 1]
            beta = posterior_variance(alpha_t, sigma_t, alpha_s, sigma_s)
            kept = sqrt(max(sigma_s**2 - beta, 0.0)) / sigma_t
            back = sqrt(max(sigma_t**2 - (alpha_t / alpha_s * sigma_s) ** 2, 0.0))
            for turn in range(resample):
                known = observation.innovation((x - sigma_t * walk.fresh(draw)) / alpha_t)
                x_hat = walk.denoise(denoiser, x + alpha_t * known, step)
                x_s = alpha_s * x_hat + kept * (x + alpha_t * known - alpha_t * x_hat)
                x_s = x_s + sqrt(beta) * walk.fresh(draw + 1)
                last = turn == resample - 1
                x = x_s if last else alpha_t / alpha_s * x_s + back * walk.fresh(draw + 2)
                draw += 3
        x = x + observation.innovation(x)
    return x.clone()
