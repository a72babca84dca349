"""Members x: from noise or near states, in the space of z, told of a problem."""

from collections.abc import Callable, Sequence
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
    denoise, shape = prior.denoiser(told), prior.shape(told)
    if own.overwrite:
        y = (told.values - told.centre) / told.scale
        denoise = Replace()(denoise, Observation(y, told.observed, 0.0))
    denoiser = CountingDenoiser(denoise)
    schedule, device = schedule_of(prior.process, own), told.ocean.device
    time = None if origin is None else float(schedule.time_of(own.sigma_start))
    wanted = {member: place for place, member in enumerate(members)}
    near = origin
    if prior.coder is not None and origin is not None:
        near = _each(prior.encode, origin, device)

    def block(numbers: range) -> Tensor:
        denoiser.reset()
        noise = MemberNoise(seed, numbers, shape, device)
        begin: Any = (len(numbers), *shape)
        if near is not None and time is not None:
            chosen = [near[wanted[m]] if m in wanted else np.zeros(shape) for m in numbers]
            begin = torch.from_numpy(np.stack(chosen).astype(np.float32)).to(device)
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
        return found * told.ocean

    made = in_blocks(members, shape, device, block)
    if prior.coder is not None:
        made = _each(prior.decode, made, device)
        if origin is not None and near is not None:  # what the latent cannot say of it
            made += origin - _each(prior.decode, near, device)
        made *= told.ocean[0].cpu().numpy()
    return made, denoiser.count


@torch.no_grad()
def _each(change: Callable[[Tensor], Tensor], fields: Field, device: torch.device) -> Field:
    """Members [M, …] changed one by one: each is the same to the bit whatever M is."""
    changed = [change(torch.from_numpy(field[None]).float().to(device)) for field in fields]
    return np.concatenate([each.cpu().numpy() for each in changed])


def schedule_of(process: ProcessConfig, own: WaterSampling) -> Schedule:
    """That of training, ended at `sigma_min`."""
    if process.schedule == "edm":
        return make_schedule("edm", sigma_min=own.sigma_min, sigma_max=own.sigma_max)
    return make_schedule(process.schedule)
