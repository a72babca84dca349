"""Members by residual shifting: z from noise, in a few evaluations each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from thermocline.diffusion.denoiser import CountingDenoiser, Denoiser
from thermocline.diffusion.noise import MemberNoise, Noise
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.samplers import sample
from thermocline.ocean.problem import Field
from thermocline.systems.members import in_blocks
from thermocline.systems.progress import sampler_steps
from thermocline.systems.superres.config.answers import SuperresSampling
from thermocline.systems.superres.model.noise_correlation import CorrelatedNoise, NoiseCorrelation

NoiseOf = Callable[..., Noise]
"""Noise of (seed, members, shape, device), such as `MemberNoise`, or that of a tile."""


@dataclass(frozen=True, eq=False)
class AnswerParts:
    """The parts of an answer before calibration, in °C.

    Attributes:
        increment: mean minus first guess [H, W].
        perturbations: members minus mean [M, H, W].
        evaluations: of the network, for the mean and one member.
    """

    increment: Field
    perturbations: Field
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
    correlation: NoiseCorrelation | None = None,
) -> tuple[Field, int]:
    """Members z [M, H, W], and the evaluations each one took."""
    correlation = correlation or NoiseCorrelation()
    counting = CountingDenoiser(denoiser)
    options: dict[str, Any] = {"eta": sampling.eta} if sampling.eta else {}

    def block(numbers: range) -> torch.Tensor:
        counting.reset()
        z = sample(
            counting,
            schedule,
            (len(numbers), 1, *shape),
            sampling.steps,
            CorrelatedNoise(noise(seed, numbers, (1, *shape), device), correlation),
            sampler=sampling.sampler,
            callback=sampler_steps(sampling.steps),
            **options,
        )
        return z[:, 0]

    return in_blocks(members, shape, device, block), counting.count
