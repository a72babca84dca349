"""Ancestral sampling: predict x̂, then add the noise of the next time.

    x_s = α_s·x̂ + √(σ_s² − v)·ε̂ + √v·ε,     ε̂ = (x_t − α_t·x̂)/σ_t,   ε ~ N(0, I)
    v = η²·β̃,     β̃ = (σ_s²/σ_t²)·(σ_t² − (α_t/α_s)²·σ_s²)

η = 1 is DDPM with its posterior variance β̃ (Ho et al., 2020, eqs. 6 and 7), η = 0 is DDIM (Song et
al., 2021, eqs. 12 and 16). A `guidance_step` may move the mean (all but √v·ε) before noise comes.

The residual shift (Yue et al., 2023) walks r_t = x_t − η_t·y with v = η²·σ_s²·(1 − σ_s²/σ_t²), the
variance of its own chain, times the uncertainty map; see `thermocline.diffusion.residual`.
"""

from collections.abc import Callable
from math import sqrt
from typing import Protocol

from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.walk import Walk
from thermocline.errors import BadConfig


class MeanStep(Protocol):
    """Guidance that moves the mean of a transition instead of the denoiser.

    `clip` bounds x̂ beforehand (None: not at all); `noise_free` leaves √v·ε out.
    """

    clip: tuple[float, float] | None
    noise_free: bool

    def __call__(self, mean: Tensor, x_hat: Tensor, variance: float) -> Tensor:
        """The moved mean [B, C, H, W]; `variance` is β̃_t."""


def posterior_variance(alpha_t: float, sigma_t: float, alpha_s: float, sigma_s: float) -> float:
    """β̃: variance of x_s given x_t and x when x_t is x_s with more noise."""
    forward = sigma_t**2 - (alpha_t / alpha_s) ** 2 * sigma_s**2
    return max(forward, 0.0) * (sigma_s / sigma_t) ** 2


def shift_variance(alpha_t: float, sigma_t: float, alpha_s: float, sigma_s: float) -> float:
    """The same for the residual shift, whose chain adds part of (y − x) at each step."""
    return sigma_s**2 * (1 - (sigma_s / sigma_t) ** 2)


def ancestral(
    denoiser: Denoiser,
    x: Tensor,
    walk: Walk,
    eta: float = 1.0,
    guidance_step: MeanStep | None = None,
    clip: tuple[float, float] | None = None,
    scale: Tensor | float = 1.0,
    chain: Callable[[float, float, float, float], float] = posterior_variance,
) -> Tensor:
    """DDPM (η = 1), DDIM (η = 0) and all between, from the state `x` at the walk's first time.

    Args:
        eta: share of the ancestral noise.
        guidance_step: moves the mean of each transition.
        clip: bounds of x̂; those of `guidance_step` come first.
        scale: standard deviation of unit noise, per cell (an uncertainty map).
        chain: β̃ of the transition from (α_t, σ_t) to (α_s, σ_s).
    """
    clip = clip if guidance_step is None or guidance_step.clip is None else guidance_step.clip
    noisy = guidance_step is None or not guidance_step.noise_free
    for step in range(walk.steps):
        alpha_t, sigma_t = walk.alpha[step], walk.sigma[step]
        alpha_s, sigma_s = walk.alpha[step + 1], walk.sigma[step + 1]
        x_hat = walk.denoise(denoiser, x, step)
        if clip is not None:
            x_hat = x_hat.clamp(*clip)
        beta = chain(alpha_t, sigma_t, alpha_s, sigma_s)
        variance = eta**2 * beta
        kept = sqrt(max(sigma_s**2 - variance, 0.0)) / sigma_t
        x = alpha_s * x_hat + kept * (x - alpha_t * x_hat)
        if guidance_step is not None:
            x = guidance_step(x, x_hat, beta)
        if variance > 0 and noisy:
            x = x + sqrt(variance) * scale * walk.fresh(step)
    return x


def residual_shift(
    denoiser: Denoiser,
    x: Tensor,
    walk: Walk,
    y: Tensor | None = None,
    eta: float = 0.0,
    scale: Tensor | float = 1.0,
    clip: tuple[float, float] | None = None,
) -> Tensor:
    """The chain from y + κ√η_T·u·ε to the sharp field; deterministic by default.

    The denoiser sees r_t = x_t − η_t·y, with α = 1 − η_t and σ = κ√η_t.

    Args:
        x: the starting x_t [B, C, H, W], or r_t itself where `y` is None.
        y: the cheap field that the chain starts around.
        scale: the uncertainty map u.
    """
    if not isinstance(walk.schedule, ResidualShift):
        raise BadConfig(
            f"the residual_shift sampler on a {type(walk.schedule).__name__} schedule",
            where="sampler",
            fix="use the residual-shift schedule",
        )
    if y is not None:
        x = x - float(walk.schedule.eta(walk.times[0])) * y
    return ancestral(denoiser, x, walk, eta=eta, scale=scale, clip=clip, chain=shift_variance)
