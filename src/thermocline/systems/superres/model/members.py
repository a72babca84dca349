"""Members by residual shifting: z from noise, in a few evaluations each.

Members are computed in blocks of a fixed size, each in its own place, and their noise is keyed by
(seed, member, step): member k is the same to the bit whatever the number of members asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from thermocline.diffusion.denoiser import CountingDenoiser, Denoiser
from thermocline.diffusion.noise import MemberNoise, Noise
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.samplers import sample
from thermocline.ocean.problem import Field
from thermocline.systems.superres.config import SuperresSampling
from thermocline.systems.superres.model.colour import Colour, ColouredNoise

BLOCK = {"cpu": 4, "cuda": 32}

NoiseOf = Callable[..., Noise]
"""Noise of (seed, members, shape, device), such as `MemberNoise`: a part of a globe has its own."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What diffusion makes of a problem, in °C.

    Attributes:
        change: the mean's departure from the centre [H, W].
        deviations: the members' from that mean [M, H, W].
        evaluations: of the network, by a member and the mean.
    """

    change: Field
    deviations: Field
    evaluations: int


def draw(
    denoiser: Denoiser,
    schedule: ResidualShift,
    sampling: SuperresSampling,
    shape: tuple[int, int],
    members: Sequence[int],
    seed: int,
    device: torch.device,
    noise: NoiseOf = MemberNoise,
    colour: Colour | None = None,
) -> tuple[Field, int]:
    """Members z [M, H, W], and the evaluations each one took."""
    colour = colour or Colour()
    counting, block = CountingDenoiser(denoiser), BLOCK[device.type]
    options: dict[str, Any] = {"eta": sampling.eta} if sampling.eta else {}
    fields = np.empty((len(members), *shape), np.float32)
    wanted = {member: place for place, member in enumerate(members)}
    for first in sorted({member - member % block for member in members}):
        numbers = range(first, first + block)
        counting.reset()
        z = sample(
            counting,
            schedule,
            (block, 1, *shape),
            sampling.steps,
            ColouredNoise(noise(seed, numbers, (1, *shape), device), colour),
            sampler=sampling.sampler,
            **options,
        )
        for slot, member in enumerate(numbers):
            if member in wanted:
                fields[wanted[member]] = z[slot, 0].cpu().numpy()
    return fields, counting.count
