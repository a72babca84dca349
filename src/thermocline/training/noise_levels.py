"""The noise levels of a training batch, as a process draws them."""

import math

import torch
from torch import Tensor

from thermocline.config import ProcessConfig
from thermocline.diffusion.schedules import EDM, make_schedule


def noise_levels(
    process: ProcessConfig, batch: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """α and σ [batch] of a training batch, stratified over the batch to steady the loss.

    EDM draws log σ from a normal distribution (Karras et al., 2022); the others draw the time
    uniformly.
    """
    uniform = (torch.rand(batch, generator=generator) + torch.arange(batch)) / batch
    schedule = make_schedule(process.schedule)
    if isinstance(schedule, EDM):
        normal = math.sqrt(2) * torch.erfinv(2 * uniform.clamp(1e-6, 1 - 1e-6) - 1)
        sigma = (process.noise_mean + process.noise_std * normal).exp()
        return torch.ones_like(sigma), sigma
    latest = schedule.grid(1)[0]
    time = (uniform * latest).clamp(min=1e-4)
    return schedule.alpha(time).float(), schedule.sigma(time).float()
