"""Sampling of members x, from noise or near given states, in the space of z."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from thermocline.config import ProcessConfig
from thermocline.diffusion.denoiser import CountingDenoiser
from thermocline.diffusion.guidance import Observation, Replace
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.schedules import make_schedule
from thermocline.ocean.problem import Field
from thermocline.systems.densify.config.answers import WaterSampling
from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.network import Prior
from thermocline.systems.members import in_blocks
from thermocline.systems.progress import sampler_steps


def draw_members(
    prior: Prior,
    conditioning: Conditioning,
    own: WaterSampling,
    members: Sequence[int],
    seed: int,
    origin: Field | None = None,
) -> tuple[Field, int]:
    """Members x [M, C, H, W] of one problem, and the network evaluations that each took.

    Args:
        origin: states [M, C, H, W] that sampling starts near; None for pure noise.
    """
    if origin is not None and not own.steps:
        return origin, 0
    denoise, shape, cells = (
        prior.denoiser(conditioning),
        prior.shape(conditioning),
        conditioning.first_guess.shape[1:],
    )
    if own.overwrite:
        y = (conditioning.values - conditioning.first_guess) / conditioning.scale
        denoise = Replace()(denoise, Observation(y, conditioning.observed, 0.0))
    denoiser = CountingDenoiser(denoise)
    schedule, device = schedule_of(prior.process, own), conditioning.ocean.device
    time = None if origin is None else float(schedule.time_of(own.sigma_start))
    wanted = {member: place for place, member in enumerate(members)}

    @torch.no_grad()
    def block(numbers: range) -> Tensor:
        denoiser.reset()
        noise = MemberNoise(seed, numbers, shape, device)
        begin: Any = (len(numbers), *shape)
        residual: Any = 0.0
        if origin is not None and time is not None:
            near = [origin[wanted[m]] if m in wanted else np.zeros(cells) for m in numbers]
            states = torch.from_numpy(np.stack(near).astype(np.float32)).to(device)
            begin = prior.encode(states)
            if prior.coder is not None:  # outside the latent space
                residual = states - prior.decode(begin)
            begin = float(schedule.alpha(time)) * begin
            begin = begin + float(schedule.sigma(time)) * noise.noise(0)
        z = sample(
            denoiser,
            schedule,
            begin,
            own.steps,
            noise,
            own.sampler,
            start_time=time,
            callback=sampler_steps(own.steps),
        )
        return (prior.decode(z) + residual) * conditioning.ocean

    return in_blocks(members, tuple(cells), device, block), denoiser.count


def schedule_of(process: ProcessConfig, own: WaterSampling) -> Schedule:
    """The schedule of training, ended at `sigma_min`."""
    if process.schedule == "edm":
        return make_schedule("edm", sigma_min=own.sigma_min, sigma_max=own.sigma_max)
    return make_schedule(process.schedule)
