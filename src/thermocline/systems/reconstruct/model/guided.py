"""Members from guided diffusion: one posterior denoiser, one schedule, one sampler."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from thermocline.config import ProcessConfig, SamplingConfig
from thermocline.diffusion.denoiser import CountingDenoiser
from thermocline.diffusion.guidance import Observation, make_guidance
from thermocline.diffusion.noise import MemberNoise
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.schedules import make_schedule
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field
from thermocline.systems.members import in_blocks
from thermocline.systems.progress import sampler_steps
from thermocline.systems.reconstruct.model.posterior_mean import conditioning_of
from thermocline.systems.reconstruct.model.prior import Prior


def guided_members(
    prior: Prior,
    problem: AnomalyProblem,
    sampling: SamplingConfig,
    members: Sequence[int],
    seed: int,
    start: Field | None = None,
    analysis: Field | None = None,
) -> tuple[Field, int]:
    """Posterior members [M, C, H, W] of `problem`, and the network evaluations each one took.

    With `start` [M, C, H, W], member k begins at start_k plus noise of σ_start instead of at pure
    noise. A prior that starts from analyses is conditioned on the problem's, `analysis` [C, H, W].
    Forward passes and vector–Jacobian products each count as an evaluation.
    """
    device = next(prior.network.parameters()).device
    ocean = torch.from_numpy(problem.ocean)[None].to(device)
    y = torch.from_numpy(problem.y)[None].to(device)
    observed = torch.from_numpy(problem.observed)[None].to(device)
    # A Gaussian likelihood raised to a power is one of another width.
    s_y = torch.from_numpy(problem.s_y)[None].to(device) / math.sqrt(sampling.strength)
    month = torch.tensor([problem.month], device=device)
    given = conditioning_of(problem, analysis, device)
    denoiser = CountingDenoiser(prior.denoiser(ocean, month, given=given))
    observation = Observation(y, observed, s_y)
    # Anomalies have no bounds to clip at, unlike the published scaling to [−1, 1].
    unbounded: dict[str, Any] = {"clip": None} if sampling.guidance == "reconmost" else {}
    guidance = make_guidance(sampling.guidance, **unbounded)
    posterior = guidance(denoiser, observation)
    options: dict[str, Any] = (
        {"guidance_step": step} if (step := guidance.step(observation)) else {}
    )
    schedule = sampling_schedule(prior.process, sampling)
    wanted = {member: place for place, member in enumerate(members)}

    def block(numbers: range) -> Tensor:
        noise = MemberNoise(seed, numbers, problem.y.shape, device)
        x, time = begin(schedule, sampling, noise, _slots(start, numbers, wanted), ocean)
        denoiser.reset()
        fields = sample(
            posterior,
            schedule,
            x,
            sampling.steps,
            noise,
            sampler=sampling.sampler,
            start_time=time,
            callback=sampler_steps(sampling.steps),
            **options,
        )
        return fields * ocean

    return in_blocks(members, problem.y.shape, device, block), denoiser.count


def begin(
    schedule: Schedule,
    sampling: SamplingConfig,
    noise: MemberNoise,
    origin: Tensor | None,
    ocean: Tensor,
) -> tuple[Tensor, float | None]:
    """The state and time sampling starts from: pure noise, or `origin` [B, C, H, W] made noisy."""
    epsilon = noise.noise(0) * ocean
    if origin is None:
        return float(schedule.sigma(schedule.grid(1)[0])) * epsilon, None
    time = float(schedule.time_of(sampling.sigma_start))
    x = float(schedule.alpha(time)) * origin.to(ocean.device)
    return x + float(schedule.sigma(time)) * epsilon, time


def _slots(start: Field | None, numbers: range, wanted: dict[int, int]) -> Tensor | None:
    """The block's starts, each in its member's slot; zeros for members not asked for."""
    if start is None:
        return None
    block = np.zeros((len(numbers), *start.shape[1:]), np.float32)
    for slot, member in enumerate(numbers):
        if member in wanted:
            block[slot] = start[wanted[member]]
    return torch.from_numpy(block)


def sampling_schedule(process: ProcessConfig, sampling: SamplingConfig) -> Schedule:
    """The schedule sampling runs on: that of training, ended at `sampling.sigma_min`."""
    if process.schedule == "edm":
        return make_schedule("edm", sigma_min=sampling.sigma_min, sigma_max=sampling.sigma_max)
    return make_schedule(process.schedule)
