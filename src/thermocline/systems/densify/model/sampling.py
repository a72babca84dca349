"""Members x: from noise or near states, in the space of z, told of a problem."""

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
from thermocline.systems.densify.config import WaterSampling
from thermocline.systems.densify.model.network import Prior
from thermocline.systems.densify.model.told import Told
from thermocline.systems.members import in_blocks
from thermocline.systems.progress import sampler_steps


def drawn(
    prior: Prior,
    told: Told,
    own: WaterSampling,
    members: Sequence[int],
    seed: int,
    origin: Field | None = None,
) -> tuple[Field, int]:
    """Members x [M, C, H, W] of one problem, and the network evaluations that each took.

    Args:
        origin: states [M, C, H, W] that sampling begins near; pure noise without.
    """
    if origin is not None and not own.steps:
        return origin, 0
    denoise, shape, cells = prior.denoiser(told), prior.shape(told), told.centre.shape[1:]
    if own.overwrite:
        y = (told.values - told.centre) / told.scale
        denoise = Replace()(denoise, Observation(y, told.observed, 0.0))
    denoiser = CountingDenoiser(denoise)
    schedule, device = schedule_of(prior.process, own), told.ocean.device
    time = None if origin is None else float(schedule.time_of(own.sigma_start))
    wanted = {member: place for place, member in enumerate(members)}

    @torch.no_grad()
    def block(numbers: range) -> Tensor:
        denoiser.reset()
        noise = MemberNoise(seed, numbers, shape, device)
        begin: Any = (len(numbers), *shape)
        unsaid: Any = 0.0
        if origin is not None and time is not None:
            near = [origin[wanted[m]] if m in wanted else np.zeros(cells) for m in numbers]
            states = torch.from_numpy(np.stack(near).astype(np.float32)).to(device)
            begin = prior.encode(states)
            if prior.coder is not None:  # what the latent cannot say of them
                unsaid = states - prior.decode(begin)
            begin = float(schedule.alpha(time)) * begin
            begin = begin + float(schedule.sigma(time)) * noise.noise(0)
        found = sample(
            denoiser,
            schedule,
            begin,
            own.steps,
            noise,
            own.sampler,
            start_time=time,
            callback=sampler_steps(own.steps),
        )
        return (prior.decode(found) + unsaid) * told.ocean

    return in_blocks(members, tuple(cells), device, block), denoiser.count


def schedule_of(process: ProcessConfig, own: WaterSampling) -> Schedule:
    """That of training, ended at `sigma_min`."""
    if process.schedule == "edm":
        return make_schedule("edm", sigma_min=own.sigma_min, sigma_max=own.sigma_max)
    return make_schedule(process.schedule)
