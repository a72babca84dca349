"""Details of members as large as the truth's, by how steep the member itself is around.

    D(m) = B₁m + w₁·(B₀m − B₁m) + w₀·(m − B₀m)

B₁ and B₀ are Gaussian means over the sea around each cell, half a block wide and about a cell. A
sea that is calm in its coarser parts has next to no details, a front has sharp ones: w₁ and w₀
bring the mean size of each band to the truth's, in classes of how steep what is coarser is around.
They are fitted on validation pairs and interpolated between.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from thermocline.ocean.downscaling import LowResolution
from thermocline.systems.superres.model.around import (
    COARSE,
    FINE,
    around,
    by_steepness,
    sea_weight,
    steepness_around,
)
from thermocline.systems.superres.model.classes import CALM_TO_STEEP, Classes

LEAST, MOST = 0.05, 3.0
"""Bounds of w."""


class Band(BaseModel):
    """w of one band at some steepnesses, °C a block; held beyond the first and last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steepness: tuple[float, ...]
    factor: tuple[float, ...]

    def at(self, steepness: NDArray) -> NDArray[np.float64]:
        """w of every cell, of any shape."""
        return by_steepness(steepness, self.steepness, self.factor)


class Details(BaseModel):
    """w₁ and w₀; without any, members are left as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bands: tuple[Band, ...] = ()

    def applied(
        self, members: NDArray, problem: LowResolution, taper: NDArray | float = 1.0
    ) -> NDArray:
        """D of members [M, H, W], 0 on land; where `taper` [H, W] is 0 they are left.

        Before any fit all are left.
        """
        if not self.bands or not len(members):
            return members
        made, *finer = _parts(members, problem)
        for band, part in zip(self.bands, finer, strict=True):
            w = band.at(_steepness(made, problem))
            made = made + (1 + taper * (w - 1)) * part
        return np.where(problem.ocean, made, 0)


class Likeness(NamedTuple):
    """Of a validation pair: its truth [H, W], and members that should look like it [M, H, W]."""

    problem: LowResolution
    truth: NDArray
    members: NDArray


def fit_details(cases: Sequence[Likeness]) -> Details:
    """The factors that serve these best, band by band."""
    real = [_parts(case.truth[None], case.problem) for case in cases]
    drawn = [_parts(case.members, case.problem) for case in cases]
    bands: list[Band] = []
    for number in range(1, len(real[0])):
        truth, members = (_sizes(parts, number, cases) for parts in (real, drawn))
        bands.append(_fitted(*truth, *members))
        for parts, case in zip(drawn, cases, strict=True):
            w = bands[-1].at(_steepness(parts[number - 1], case.problem))
            parts[number] = parts[number - 1] + w * parts[number]
        for parts in real:
            parts[number] = parts[number - 1] + parts[number]
    return Details(bands=tuple(bands))


def _parts(fields: NDArray, problem: LowResolution) -> list[NDArray]:
    """B₁m, B₀m − B₁m and m − B₀m of fields m [M, H, W], which are their sum."""
    coarse, fine = (around(fields, problem, width) for width in (COARSE, FINE))
    return [coarse, fine - coarse, np.where(problem.ocean, fields, 0) - fine]


def _steepness(fields: NDArray, problem: LowResolution) -> NDArray[np.float64]:
    return np.stack([steepness_around(field, problem) for field in fields])


def _sizes(
    parts: Sequence[list[NDArray]], number: int, cases: Sequence[Likeness]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of a band, at the n cells of sea of all fields: steepness of what is coarser, weight, size.

    The part before the band's is what is coarser, put together already.
    """
    steep, weight, size = [], [], []
    for each, case in zip(parts, cases, strict=True):
        sea = case.problem.ocean
        steep.append(_steepness(each[number - 1], case.problem)[:, sea].ravel())
        weight.append(np.tile(sea_weight(case.problem), len(each[number])))
        size.append(np.abs(each[number][:, sea]).ravel())
    return np.concatenate(steep), np.concatenate(weight), np.concatenate(size)


def _fitted(
    steep: NDArray, weight: NDArray, size: NDArray, made: NDArray, of: NDArray, drawn: NDArray
) -> Band:
    """Ratios of mean sizes in classes of the truth's steepness; 1 where members have no cells."""
    classes = Classes(steep, weight, CALM_TO_STEEP)
    others = lambda values: classes.sum_of_others(made, of, values)
    wanted = classes.sum(size) / classes.sum(np.ones_like(size))
    found = others(drawn) / np.maximum(others(np.ones_like(drawn)), 1e-30)
    factor = np.where(found > 0, wanted / np.where(found > 0, found, 1), 1)
    return Band(
        steepness=tuple(map(float, classes.middle)),
        factor=tuple(map(float, np.clip(factor, LEAST, MOST))),
    )
