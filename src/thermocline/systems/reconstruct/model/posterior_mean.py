"""The mean, in one evaluation: what a denoiser that knows the observations says of pure noise.

D(x_t; σ, y, a) ≈ E[x | x_t, y, a], and at σ = ∞ the noisy state x_t says nothing: D = E[x | y, a].
No noise is drawn for it: α·a stands in the place of x_t, with which such a network is trained.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from thermocline.diffusion.denoiser import NO_STATE, Denoiser
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field
from thermocline.systems.reconstruct.model.prior import Conditioning, Prior

VAGUE = 10.0
"""Errors, in standard deviations of the climate, of which an observation says less than 1 %."""


def posterior_mean(denoiser: Denoiser, analysis: Tensor) -> Tensor:
    """E[x | y, a], [B, C, H, W], of a denoiser conditioned on y and a [B, C, H, W]."""
    one = torch.ones(len(analysis), device=analysis.device)
    return denoiser(analysis, one, NO_STATE * one)


def mean_of(prior: Prior, problem: AnomalyProblem, analysis: Field) -> Field:
    """E[x | y, a], [C, H, W], of a prior that starts from analyses."""
    device = next(prior.network.parameters()).device
    given = conditioning_of(problem, analysis, device)
    assert given.analysis is not None
    ocean = torch.from_numpy(problem.ocean)[None].to(device)
    with torch.no_grad():
        denoiser = prior.denoiser(ocean, torch.tensor([problem.month], device=device), given=given)
        return posterior_mean(denoiser, given.analysis)[0].cpu().numpy().astype(np.float32)


def centred(fields: Field, ocean: NDArray[np.bool_], area: NDArray) -> Field:
    """Fields less their means over the sea of each level, 0 on land.

    Args:
        fields, ocean: [C, H, W].
        area: of the cells [H, W].
    """
    weight = np.where(ocean, area, 0)
    total = np.maximum(weight.sum(axis=(1, 2)), np.finfo(np.float32).tiny)
    mean = (weight * fields).sum(axis=(1, 2)) / total
    return np.where(ocean, fields - mean[:, None, None], 0).astype(np.float32)


def conditioning_of(
    problem: AnomalyProblem, analysis: Field | None, device: torch.device
) -> Conditioning:
    """A problem's observations, and its analysis if there is one, each [1, C, H, W].

    A network is told no errors, and takes each observation for one of a usual error. So those of
    errors above `VAGUE` are not shown to it: the analysis alone uses the little that they say.
    """
    tensor = lambda field: torch.from_numpy(field)[None].to(device)
    shown = problem.observed & (problem.s_y <= VAGUE)
    return Conditioning(
        tensor(np.where(shown, problem.y, np.float32(0))),
        tensor(shown.astype(np.float32)),
        None if analysis is None else tensor(analysis),
    )
