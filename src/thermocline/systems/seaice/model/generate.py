"""States drawn from the prior: noise to latent to state.

    Heun's method on the probability flow (see `diffusion.ode`), guided by the day of the year:
    D = D(x_t; σ) + g·(D(x_t; σ, day) − D(x_t; σ)),   g = 1: plainly (Ho & Salimans, 2022)

In data space each denoised state can be kept within its bounds on the way, as GenSIM does; in
latent space the decoder's mean is clipped: the mode of a censored Gaussian. What was drawn may be
given other moments before (see `matching`).
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from thermocline.diffusion.continuous import EDM
from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import sample
from thermocline.systems.progress import sampler_steps
from thermocline.systems.seaice.config.answers import IceSampling
from thermocline.systems.seaice.config.model import IceProcess
from thermocline.systems.seaice.data.physics import enforced_draws
from thermocline.systems.seaice.model.networks import IceNetworks, season
from thermocline.systems.seaice.model.scaling import Scaling


def draw(
    networks: IceNetworks,
    scaling: Scaling,
    process: IceProcess,
    sampling: IceSampling,
    days: Sequence[int | None],
    members: Sequence[int],
    seed: int,
) -> Tensor:
    """What is denoised [B, C, h, w], drawn from noise.

    Args:
        days: of the year, of each state; None for one of any season.
        members: numbers of the states, which their noise belongs to.
    """
    device = scaling.mean.device
    space = networks.denoiser
    shape = (space.channels, *space.known.shape[-2:])
    given = torch.tensor([day is not None for day in days], device=device)
    context = season(torch.tensor([day or 1 for day in days], device=device), given)
    bounds = scaling if networks.latent is None and sampling.bounds else None
    drawn: Tensor = sample(
        _denoiser(networks, context, sampling.guidance, bounds),
        EDM(process.sigma_min, process.sigma_max),
        (len(members), *shape),
        sampling.steps,
        MemberNoise(seed, members, shape, device),
        callback=sampler_steps(sampling.steps),
    )
    return drawn


def decoded(
    networks: IceNetworks, scaling: Scaling, drawn: Tensor, *, enforce: bool = True
) -> NDArray[np.float32]:
    """States [B, 5, H, W] of what was drawn, in physical units, 0 on land.

    Args:
        enforce: keep bounds, and nothing where there is no ice; else the networks' own answer.
    """
    with torch.inference_mode():
        x = drawn if networks.latent is None else networks.latent.decode(drawn)
        states = scaling.physical(x).cpu().numpy()
    return enforced_draws(states) if enforce else states


def _denoiser(
    networks: IceNetworks, context: Tensor, guidance: float, bounds: Scaling | None
) -> Denoiser:
    def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        levels = alpha_t.expand(len(x_t)), sigma_t.expand(len(x_t))
        x_hat: Tensor = networks.denoiser(x_t, *levels, context)
        if guidance != 1:
            free = networks.denoiser(x_t, *levels, torch.zeros_like(context))
            x_hat = free + guidance * (x_hat - free)
        return x_hat if bounds is None else bounds.clipped(x_hat)

    return denoise
