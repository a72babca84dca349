"""Members in the space of x: from noise, told of a problem."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from thermocline.config import ProcessConfig
from thermocline.diffusion.denoiser import CountingDenoiser
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.schedules import make_schedule
from thermocline.ocean.problem import Field
from thermocline.systems.densify.config import WaterSampling
from thermocline.systems.densify.model.network import Prior
from thermocline.systems.densify.model.told import Told
from thermocline.systems.members import in_blocks


def drawn(
    prior: Prior, told: Told, own: WaterSampling, members: Sequence[int], seed: int
) -> tuple[Field, int]:
    """Members x [M, C, H, W] of one problem, and the network evaluations that each took."""
    denoiser, shape = CountingDenoiser(prior.denoiser(told)), tuple(told.centre.shape[1:])
    schedule, device = schedule_of(prior.process, own), told.ocean.device
    options: dict[str, Any] = {"eta": 0.0} if own.sampler == "ddim" else {}

    def block(numbers: range) -> Tensor:
        denoiser.reset()
        noise = MemberNoise(seed, numbers, shape, device)
        with torch.no_grad():
            found = sample(
                denoiser, schedule, (len(numbers), *shape), own.steps, noise, own.sampler, **options
            )
        return found * told.ocean

    return in_blocks(members, shape, device, block), denoiser.count


def schedule_of(process: ProcessConfig, own: WaterSampling) -> Schedule:
    """That of training, ended at `sigma_min`."""
    if process.schedule == "edm":
        return make_schedule("edm", sigma_min=own.sigma_min, sigma_max=own.sigma_max)
    return make_schedule(process.schedule)
