"""From noise to a clean field with a denoiser.

Every sampler walks the schedule's grid t_0 > t_1 > … > t_N (σ = 0) and replaces the state at t by
one at the next time s. They differ in how:

    ddim, ddpm, residual_shift    `ancestral`: predict x̂, put back part of the noise
    euler, heun                   `ode`: the probability-flow equation in x/α and σ/α
    dpm_solver                    `multistep`: its exponential integrator, second order

All are functions of (denoiser, x, walk, **options); `sample` is the door.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from thermocline.diffusion.ancestral import MeanStep, ancestral, residual_shift
from thermocline.diffusion.denoiser import CountingDenoiser, Denoiser
from thermocline.diffusion.multistep import multistep
from thermocline.diffusion.noise import Noise
from thermocline.diffusion.ode import second_order
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.walk import Callback, Intermediate, Walk
from thermocline.errors import BadConfig

__all__ = ["SAMPLERS", "CountingDenoiser", "Intermediate", "sample"]

SAMPLERS: dict[str, Callable[..., Tensor]] = {
    "ddpm": partial(ancestral, eta=1.0),
    "ddim": partial(ancestral, eta=0.0),
    "euler": partial(second_order, correct=False),
    "heun": second_order,
    "dpm_solver": multistep,
    "residual_shift": residual_shift,
}


def sample(
    denoiser: Denoiser,
    schedule: Schedule,
    x_start: Tensor | Sequence[int],
    steps: int,
    noise: Noise,
    sampler: str = "heun",
    start_time: float | None = None,
    callback: Callback | None = None,
    guidance_step: MeanStep | None = None,
    **options: Any,
) -> Tensor:
    """Draw clean fields [B, C, H, W].

    Runs under `inference_mode`; a guided denoiser steps out of it by itself to differentiate.

    Args:
        denoiser: D or a posterior denoiser D_y.
        x_start: the state [B, C, H, W] at `start_time`, already noisy; or its shape, and the state
            is then σ·noise.noise(0).
        steps: transitions; the grid has one more time.
        noise: fresh noise of each step; a transition i uses step i + 1.
        sampler: a name in `SAMPLERS`.
        start_time: where to begin; None is the schedule's noisiest time.
        callback: called with an `Intermediate` after each denoiser call that ends a step.
        guidance_step: what `Guidance.step` gave; only ddpm and ddim can apply one.
        options: the sampler's own: `eta`, `clip`, `scale` (ddpm, ddim, residual_shift), `y`
            (residual_shift).

    Raises:
        BadConfig: for an unknown sampler, fewer than one step, or guidance it cannot apply.
    """
    if sampler not in SAMPLERS:
        names = ", ".join(SAMPLERS)
        raise BadConfig(f"unknown sampler '{sampler}'", where="sampler", fix=f"use one of {names}")
    if steps < 1:
        raise BadConfig(f"{steps} steps", where="steps", fix="take at least one")
    if guidance_step is not None:
        if sampler not in ("ddpm", "ddim"):
            raise BadConfig(
                f"this guidance moves the mean of a transition, which '{sampler}' does not have",
                where="guidance",
                fix="use the ddpm sampler, or a guidance such as mmps or pigdm",
            )
        options["guidance_step"] = guidance_step
    walk = Walk.along(schedule, schedule.grid(steps, start_time), noise, callback)
    with torch.inference_mode():
        if isinstance(x_start, Tensor):
            x = x_start
        else:
            x = walk.sigma[0] * noise.noise(0)
            if tuple(x.shape) != tuple(x_start):
                raise BadConfig(
                    f"noise of shape {tuple(x.shape)} for a start of shape {tuple(x_start)}",
                    where="noise",
                )
        x = SAMPLERS[sampler](denoiser, x, walk, **options)
    return x.clone()  # an ordinary tensor again, fit for autograd and in-place use
