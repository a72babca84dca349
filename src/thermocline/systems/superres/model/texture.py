"""Spread and roughness of perturbations, by the gradient of the mean around them.

    T(p) = s·(B p + w·(p − B p))

B is a Gaussian mean over the sea around each cell. Perturbations p by diffusion have the same size
everywhere; errors of the mean are small and smooth in calm places, large and sharp along fronts. s
matches the members' spread to the error, w matches their roughness √(Σ|∇p|² / Σp²) to that of the
error: both are fitted on validation pairs, in classes of |∇mean|, and interpolated between them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import (
    FINE,
    around,
    by_gradient,
    gradient_around,
    sea_weight,
)
from thermocline.systems.superres.model.classes import CALM_TO_STEEP, Classes, renamed_gradient

DETAIL = np.linspace(0, 3, 61)
"""Values of w that are tried."""
MIN_SPREAD, MAX_SPREAD = 0.3, 3.0
"""Bounds of s."""


class Texture(BaseModel):
    """s and w at some gradient magnitudes of the mean, °C a block; constant beyond them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gradient_magnitude: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    detail: tuple[float, ...] = ()

    _renamed = model_validator(mode="before")(renamed_gradient)

    def applied(self, perturbations: NDArray, mean: NDArray, problem: LowResolution) -> NDArray:
        """T of perturbations [M, H, W] of the mean [H, W], 0 on land; unchanged before a fit."""
        if not self.gradient_magnitude or not len(perturbations):
            return perturbations
        at = gradient_around(mean, problem)
        s, w = (by_gradient(at, self.gradient_magnitude, of) for of in (self.spread, self.detail))
        smooth = around(perturbations, problem, FINE)
        return np.where(problem.ocean, s * (smooth + w * (perturbations - smooth)), 0)


class Residuals(NamedTuple):
    """Of a validation pair: mean, its error [H, W], members minus the mean [M, H, W]; °C.

    `their_mean`: whether the mean is that of the members, not the network's own.
    """

    problem: LowResolution
    mean: NDArray
    error: NDArray
    members: NDArray
    their_mean: bool = False


def fit_texture(cases: Sequence[Residuals]) -> Texture:
    """The texture, fitted on pairs with at least two members."""
    parts = zip(*(_moments(case) for case in cases), strict=True)
    gradient, weight, error, *members = (np.concatenate(part, axis=-1) for part in parts)
    classes = Classes(gradient, weight, CALM_TO_STEEP)
    of_error = np.stack([classes.sum(each) for each in error])
    smooth, both, fine = (np.stack([classes.sum(each) for each in of]) for of in members)
    # Σp² and Σ|∇p|² of B p + w·(p − B p), [2, classes, values of w].
    power = smooth[..., None] + 2 * DETAIL * both[..., None] + DETAIL**2 * fine[..., None]
    share = np.maximum(power[1], 1e-30) / np.maximum(power[0], 1e-30)
    wanted = np.maximum(of_error[1], 1e-30) / np.maximum(of_error[0], 1e-30)
    chosen = np.argmin(np.abs(np.log(share / wanted[:, None])), axis=1)
    variance = np.take_along_axis(power[0], chosen[:, None], 1)[:, 0]
    factor = np.sqrt(of_error[0] / np.where(variance > 0, variance, np.inf))
    spread = np.clip(factor, MIN_SPREAD, MAX_SPREAD)
    return Texture(
        gradient_magnitude=tuple(map(float, classes.middle)),
        spread=tuple(map(float, spread)),
        detail=tuple(map(float, DETAIL[chosen])),
    )


def _moments(case: Residuals) -> tuple[NDArray[np.float64], ...]:
    """At n cells of sea: gradient magnitude and weight [n]; p² and |∇p|² [2, n] of the error, of
    members' B p, of its product with p − B p, and of p − B p. Those of members are scaled such that
    their means equal the error's if the spread is right.
    """
    sea, count = case.problem.ocean, len(case.members)
    members = case.members - case.members.mean(axis=0)
    # The error of their own mean is larger, as there are few members.
    wider = 1 + 1 / count if case.their_mean else 1.0
    members = members * np.sqrt(wider * count / (count - 1))
    smooth = around(members, case.problem, FINE)
    pairs = (
        (case.error[None], case.error[None]),
        (smooth, smooth),
        (smooth, members - smooth),
        (members - smooth, members - smooth),
    )
    moments = [_products(a, b, case.problem) for a, b in pairs]
    gradient = gradient_around(case.mean, case.problem)[sea]
    return gradient, sea_weight(case.problem), *(each[:, sea] for each in moments)


def _products(a: NDArray, b: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    """Means over members of a·b and of the product of their steps to the next cells, [2, H, W]."""
    ocean, total = problem.ocean, np.zeros((2, *problem.ocean.shape))
    total[0] = (a * b).mean(axis=0)
    for here, there in (
        (np.s_[..., :-1, :], np.s_[..., 1:, :]),
        (np.s_[..., :, :-1], np.s_[..., :, 1:]),
    ):
        step = (a[there] - a[here]) * (b[there] - b[here])
        total[1][here] += np.where(ocean[here] & ocean[there], step.mean(axis=0), 0)
    return total
