"""Details of members with the size of those of the truth, by the gradient of the member.

    D(m) = B₁m + w₁·(B₀m − B₁m) + w₀·(m − B₀m)

B₁ and B₀ are Gaussian means over the sea around each cell, half a block and about a cell wide.
Where the coarser part is calm there are nearly no details, along fronts there are sharp ones: w₁
and w₀ match the mean size of each band to the truth's, in classes of the gradient of the coarser
part. They are fitted on validation pairs and interpolated between classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import (
    COARSE,
    FINE,
    around,
    by_gradient,
    gradient_around,
    sea_weight,
)
from thermocline.systems.superres.model.classes import CALM_TO_STEEP, Classes, renamed_gradient

MIN_FACTOR, MAX_FACTOR = 0.05, 3.0
"""Bounds of w."""


class Band(BaseModel):
    """w of one band at some gradient magnitudes, °C a block; constant beyond first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gradient_magnitude: tuple[float, ...]
    factor: tuple[float, ...]

    _renamed = model_validator(mode="before")(renamed_gradient)

    def at(self, gradient_magnitude: NDArray) -> NDArray[np.float64]:
        """w of every cell, of any shape."""
        return by_gradient(gradient_magnitude, self.gradient_magnitude, self.factor)


class Details(BaseModel):
    """w₁ and w₀; without any, members are unchanged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bands: tuple[Band, ...] = ()

    def applied(
        self, members: NDArray, problem: LowResolution, taper: NDArray | float = 1.0
    ) -> NDArray:
        """D of members [M, H, W], 0 on land; unchanged where `taper` [H, W] is 0.

        Before a fit all are unchanged.
        """
        if not self.bands or not len(members):
            return members
        made, *finer = _parts(members, problem)
        for band, part in zip(self.bands, finer, strict=True):
            w = band.at(_gradient(made, problem))
            made = made + (1 + taper * (w - 1)) * part
        return np.where(problem.ocean, made, 0)


class TruthAndMembers(NamedTuple):
    """A validation pair: its truth [H, W] and members [M, H, W]."""

    problem: LowResolution
    truth: NDArray
    members: NDArray


def fit_details(cases: Sequence[TruthAndMembers]) -> Details:
    """The factors of each band, fitted on these."""
    real = [_parts(case.truth[None], case.problem) for case in cases]
    drawn = [_parts(case.members, case.problem) for case in cases]
    bands: list[Band] = []
    for number in range(1, len(real[0])):
        truth, members = (_sizes(parts, number, cases) for parts in (real, drawn))
        bands.append(_fitted(*truth, *members))
        for parts, case in zip(drawn, cases, strict=True):
            w = bands[-1].at(_gradient(parts[number - 1], case.problem))
            parts[number] = parts[number - 1] + w * parts[number]
        for parts in real:
            parts[number] = parts[number - 1] + parts[number]
    return Details(bands=tuple(bands))


def _parts(fields: NDArray, problem: LowResolution) -> list[NDArray]:
    """B₁m, B₀m − B₁m and m − B₀m of fields m [M, H, W], which are their sum."""
    coarse, fine = (around(fields, problem, width) for width in (COARSE, FINE))
    return [coarse, fine - coarse, np.where(problem.ocean, fields, 0) - fine]


def _gradient(fields: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    return np.stack([gradient_around(field, problem) for field in fields])


def _sizes(
    parts: Sequence[list[NDArray]], number: int, cases: Sequence[TruthAndMembers]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of a band, at the n cells of sea of all fields: gradient of the coarser part, weight, size.

    The part before the band's is the sum of all coarser ones.
    """
    gradient, weight, size = [], [], []
    for each, case in zip(parts, cases, strict=True):
        sea = case.problem.ocean
        gradient.append(_gradient(each[number - 1], case.problem)[:, sea].ravel())
        weight.append(np.tile(sea_weight(case.problem), len(each[number])))
        size.append(np.abs(each[number][:, sea]).ravel())
    return np.concatenate(gradient), np.concatenate(weight), np.concatenate(size)


def _fitted(
    gradient: NDArray,
    weight: NDArray,
    size: NDArray,
    member_gradient: NDArray,
    member_weight: NDArray,
    member_size: NDArray,
) -> Band:
    """Ratios of mean sizes in classes of the truth's gradient; 1 if members have no cells there."""
    classes = Classes(gradient, weight, CALM_TO_STEEP)
    of_members = lambda values: classes.sum_of_others(member_gradient, member_weight, values)
    wanted = classes.sum(size) / classes.sum(np.ones_like(size))
    drawn = of_members(member_size) / np.maximum(of_members(np.ones_like(member_size)), 1e-30)
    factor = np.where(drawn > 0, wanted / np.where(drawn > 0, drawn, 1), 1)
    return Band(
        gradient_magnitude=tuple(map(float, classes.middle)),
        factor=tuple(map(float, np.clip(factor, MIN_FACTOR, MAX_FACTOR))),
    )
