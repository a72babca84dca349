"""Noise schedules: how much of the clean field is left at time t.

    x_t = α(t)·x + σ(t)·ε,   ε ~ N(0, I),   log SNR(t) = 2·log(α(t)/σ(t))

A schedule says what α and σ are, and on which times a sampler walks from noise to clean. A
denoiser only ever sees (α, σ), so that one network serves every schedule; `time_of` finds the
time of a noise ratio σ/α. Times and coefficients are float64: they are few and their ratios are
differenced.

The discrete, variance-preserving schedules of DDPM are in `variance_preserving`, the residual
shift in `residual`; all are collected here under the names that params.yaml uses.
"""

from typing import Any

from thermocline.diffusion.continuous import EDM, Flow
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.schedule import Schedule, perturb, spread
from thermocline.diffusion.variance_preserving import (
    Cosine,
    Linear,
    Quadratic,
    Sigmoid,
    VariancePreserving,
)
from thermocline.errors import BadConfig

__all__ = [
    "EDM",
    "SCHEDULES",
    "Cosine",
    "Flow",
    "Linear",
    "Quadratic",
    "ResidualShift",
    "Schedule",
    "Sigmoid",
    "VariancePreserving",
    "make_schedule",
    "perturb",
    "spread",
]

SCHEDULES: dict[str, type[Schedule]] = {
    "linear": Linear,
    "cosine": Cosine,
    "quadratic": Quadratic,
    "sigmoid": Sigmoid,
    "edm": EDM,
    "flow": Flow,
    "residual-shift": ResidualShift,
}


def make_schedule(name: str, **options: Any) -> Schedule:
    """The schedule called `name`; `options` go to its constructor.

    Raises:
        BadConfig: for an unknown name.
    """
    if name not in SCHEDULES:
        raise BadConfig(
            f"unknown schedule '{name}'", where="schedule", fix=f"use one of {', '.join(SCHEDULES)}"
        )
    return SCHEDULES[name](**options)
