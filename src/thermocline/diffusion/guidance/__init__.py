"""Guidance: posterior denoisers from a prior's denoiser and an observation."""

from typing import Any

from thermocline.diffusion.guidance.base import Guidance, Observation, linearise
from thermocline.diffusion.guidance.dps import PosteriorSampling
from thermocline.diffusion.guidance.mmps import MomentMatching
from thermocline.diffusion.guidance.pigdm import PseudoInverse
from thermocline.diffusion.guidance.reconmost import ReconMOST, reconmost_sample
from thermocline.diffusion.guidance.replace import Replace
from thermocline.errors import BadConfig

__all__ = [
    "GUIDANCE",
    "Guidance",
    "MomentMatching",
    "Observation",
    "PosteriorSampling",
    "PseudoInverse",
    "ReconMOST",
    "Replace",
    "Unguided",
    "linearise",
    "make_guidance",
    "reconmost_sample",
]


class Unguided(Guidance):
    """D_y = D: the observation is ignored."""


GUIDANCE: dict[str, type[Guidance]] = {
    "none": Unguided,
    "pigdm": PseudoInverse,
    "mmps": MomentMatching,
    "dps": PosteriorSampling,
    "replace": Replace,
    "reconmost": ReconMOST,
}


def make_guidance(name: str, **options: Any) -> Guidance:
    """The guidance called `name`; `options` go to its constructor.

    Use it as `D_y = guidance(D, observation)` and, for methods that move a transition's mean,
    `sample(D_y, ..., guidance_step=guidance.step(observation))`.

    Raises:
        BadConfig: for an unknown name.
    """
    if name not in GUIDANCE:
        names = ", ".join(GUIDANCE)
        raise BadConfig(f"unknown guidance '{name}'", where="guidance", fix=f"use one of {names}")
    return GUIDANCE[name](**options)
