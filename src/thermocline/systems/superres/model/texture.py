"""How strong and how rough departures from the mean are, by how steep it is around.

    T(p) = s·(B p + w·(p − B p))

B is a Gaussian mean over the sea around each cell. What diffusion adds to the mean is alike
everywhere; the mean's errors are not: small and smooth where it is calm, large and sharp along its
fronts. s brings the members' spread to the error, w brings their roughness √(Σ|∇p|² / Σp²) to the
error's: both are fitted on validation pairs, in classes of |∇mean|, and interpolated between.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import (
    FINE,
    around,
    by_steepness,
    sea_weight,
    steepness_around,
)
from thermocline.systems.superres.model.classes import CALM_TO_STEEP, Classes

DETAIL = np.linspace(0, 3, 61)
"""Values of w that are looked at."""
NARROWEST, WIDEST = 0.3, 3.0
"""Bounds of s."""


class Texture(BaseModel):
    """s and w at some steepnesses of the mean, °C a block; held beyond the first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steepness: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    detail: tuple[float, ...] = ()

    def applied(self, departures: NDArray, mean: NDArray, problem: LowResolution) -> NDArray:
        """T of departures [M, H, W] from the mean [H, W], 0 on land; unchanged before any fit."""
        if not self.steepness or not len(departures):
            return departures
        at = steepness_around(mean, problem)
        s, w = (by_steepness(at, self.steepness, of) for of in (self.spread, self.detail))
        smooth = around(departures, problem, FINE)
        return np.where(problem.ocean, s * (smooth + w * (departures - smooth)), 0)


class Departures(NamedTuple):
    """Of a validation pair: its mean and the mean's error [H, W], members less it [M, H, W]; °C.

    `their_mean` says whether the mean is that of the members, not the network's own.
    """

    problem: LowResolution
    mean: NDArray
    error: NDArray
    members: NDArray
    their_mean: bool = False


def fit_texture(cases: Sequence[Departures]) -> Texture:
    """The texture of two members or more each."""
    parts = zip(*(_moments(case) for case in cases), strict=True)
    steep, weight, error, *members = (np.concatenate(part, axis=-1) for part in parts)
    classes = Classes(steep, weight, CALM_TO_STEEP)
    of_error = np.stack([classes.sum(each) for each in error])
    smooth, both, fine = (np.stack([classes.sum(each) for each in of]) for of in members)
    # Σp² and Σ|∇p|² of B p + w·(p − B p), [2, classes, values of w].
    power = smooth[..., None] + 2 * DETAIL * both[..., None] + DETAIL**2 * fine[..., None]
    share = np.maximum(power[1], 1e-30) / np.maximum(power[0], 1e-30)
    wanted = np.maximum(of_error[1], 1e-30) / np.maximum(of_error[0], 1e-30)
    chosen = np.argmin(np.abs(np.log(share / wanted[:, None])), axis=1)
    variance = np.take_along_axis(power[0], chosen[:, None], 1)[:, 0]
    factor = np.sqrt(of_error[0] / np.where(variance > 0, variance, np.inf))
    spread = np.clip(factor, NARROWEST, WIDEST)
    return Texture(
        steepness=tuple(map(float, classes.middle)),
        spread=tuple(map(float, spread)),
        detail=tuple(map(float, DETAIL[chosen])),
    )


def _moments(case: Departures) -> tuple[NDArray[np.float64], ...]:
    """At n cells of sea: steepness and weight [n]; p² and |∇p|² [2, n] of the error, and, such
    that their means are the error's where the spread is right, those of members' B p, of its
    product with p − B p, and of p − B p."""
    sea, count = case.problem.ocean, len(case.members)
    members = case.members - case.members.mean(axis=0)
    # Of a mean that is theirs the error is larger by what they are too few for.
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
    steep = steepness_around(case.mean, case.problem)[sea]
    return steep, sea_weight(case.problem), *(each[:, sea] for each in moments)


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
