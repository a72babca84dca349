"""ReconMOST's guidance: observations pull the mean of every DDPM transition.

    mean ← mean + s·β̃_t·g,      g = m·2(y − x̂),   x̂ clipped,   s = 4 … 5

g is optionally smoothed, a layer at a time, by a 5 × 5 Gaussian of σ = 1 cell whose centre weight
is 1 (so it is not normalised: neighbours are pulled, the observed cell no less), and optionally no
noise is added after the step. No back-propagation, no observation error. Made for 1000 steps of
the linear schedule.

Source: ReconMOST (2025), arXiv 2506.10391.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.guidance.base import Guidance, Observation
from thermocline.diffusion.noise import Noise
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedule import Schedule

Padding = Literal["circular", "zeros"]


class ReconMOST(Guidance):
    """The published rule; leaves D alone and moves means, so it needs `sampler="ddpm"`.

    Args:
        scale: s.
        smooth: spread each innovation over its neighbours.
        noise_free: add no noise after a guided step.
        clip: bounds of x̂, (−1, 1) in the published normalisation; None does not clip.
        longitude: how the smoothing treats the last axis' ends.
    """

    def __init__(
        self,
        scale: float = 4.0,
        smooth: bool = True,
        noise_free: bool = True,
        clip: tuple[float, float] | None = (-1.0, 1.0),
        longitude: Padding = "circular",
    ):
        self.scale, self.smooth, self.noise_free = scale, smooth, noise_free
        self.clip, self.longitude = clip, longitude

    def step(self, observation: Observation) -> "ReconMOSTStep":
        return ReconMOSTStep(self, observation)


class ReconMOSTStep:
    """The rule for one observation (a `MeanStep`)."""

    def __init__(self, rule: ReconMOST, observation: Observation):
        self.rule, self.observation = rule, observation
        self.clip, self.noise_free = rule.clip, rule.noise_free

    def __call__(self, mean: Tensor, x_hat: Tensor, variance: float) -> Tensor:
        pull = 2 * self.observation.innovation(x_hat)
        if self.rule.smooth:
            pull = smooth_layers(pull, self.rule.longitude)
        return mean + self.rule.scale * variance * pull


def smooth_layers(field: Tensor, longitude: Padding = "circular") -> Tensor:
    """Each layer of `field` [B, C, H, W] with the 5 × 5 kernel exp(−(i² + j²)/2)."""
    offset = torch.arange(-2, 3, dtype=field.dtype, device=field.device)
    weight = torch.exp(-(offset**2) / 2)
    layers = field.reshape(-1, 1, *field.shape[-2:])
    mode = "circular" if longitude == "circular" else "constant"
    layers = F.pad(F.pad(layers, (2, 2, 0, 0), mode=mode), (0, 0, 2, 2))
    layers = F.conv2d(F.conv2d(layers, weight.reshape(1, 1, 1, 5)), weight.reshape(1, 1, 5, 1))
    return layers.reshape(field.shape)


def reconmost_sample(
    denoiser: Denoiser,
    schedule: Schedule,
    x_start: Tensor | Sequence[int],
    steps: int,
    noise: Noise,
    observation: Observation,
    rule: ReconMOST | None = None,
    **options: Any,
) -> Tensor:
    """Fields [B, C, H, W] by guided DDPM; `options` are those of `sample`."""
    step = (rule or ReconMOST()).step(observation)
    return sample(
        denoiser, schedule, x_start, steps, noise, sampler="ddpm", guidance_step=step, **options
    )
