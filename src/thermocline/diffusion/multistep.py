"""DPM-Solver++(2M): an exponential integrator that reuses the last prediction.

With λ = log(α/σ), h = λ_s − λ_t and the previous step's h₋:

    x_s = (σ_s/σ_t)·x_t − α_s·(e^(−h) − 1)·D̄,     D̄ = x̂_t + (h/(2·h₋))·(x̂_t − x̂_before)

The first step and the last one (to σ = 0, where it returns x̂) are of first order.
Source: Lu et al. (2022), "DPM-Solver++", algorithm 2. It costs N evaluations of D.
"""

from math import expm1, log

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.walk import Walk


def multistep(denoiser: Denoiser, x: Tensor, walk: Walk) -> Tensor:
    """Clean field from the state `x` at the walk's first time."""
    before: tuple[float, Tensor] | None = None  # h₋ and x̂ of the step before
    for step in range(walk.steps):
        alpha_t, sigma_t = walk.alpha[step], walk.sigma[step]
        alpha_s, sigma_s = walk.alpha[step + 1], walk.sigma[step + 1]
        x_hat = walk.denoise(denoiser, x, step)
        if sigma_s == 0:
            return alpha_s * x_hat
        h = log(alpha_s / sigma_s) - log(alpha_t / sigma_t)
        blend = x_hat if before is None else x_hat + h / (2 * before[0]) * (x_hat - before[1])
        x = sigma_s / sigma_t * x - alpha_s * expm1(-h) * blend
        before = h, x_hat
    return x
