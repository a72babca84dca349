"""What every super-resolution method is asked, and how it answers.

A day's sea-surface temperature is known as means over blocks of factor × factor cells; the cells
themselves are asked for. Temperatures are in °C throughout: learned methods normalise for
themselves. h and w count blocks, H = factor·h and W = factor·w cells.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from thermocline.errors import BadData
from thermocline.ocean.blocks import BlockMean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import (
    Analysis,
    Channel,
    Field,
    Mask,
    Method,
    Observed,
    Problem,
)


@dataclass(frozen=True)
class LowResolution:
    """Block means of one day, and the cells they are means of.

    Attributes:
        value: mean over the sea of each block, with its error [h, w], °C; NaN in blocks on land.
        s_y: standard deviation of that error [h, w], °C; 1 where `value` is NaN.
        ocean: where there is sea, cell by cell [H, W].
        grid: of the cells.
        factor: cells a block has on each side.
        date: the day.
        region: where, such as `gulf_stream`.
        case: a name for the case, such as `gulf_stream/2008-03-14`.
    """

    value: Field
    s_y: Field
    ocean: Mask
    grid: LatLonGrid
    factor: int
    date: np.datetime64
    region: str = ""
    case: str = ""

    def __post_init__(self) -> None:
        blocks = tuple(self.factor * size for size in self.value.shape)
        if not blocks == self.ocean.shape == self.grid.shape or self.s_y.shape != self.value.shape:
            raise BadData(
                f"blocks {self.value.shape} of {self.factor} cells, errors {self.s_y.shape}, "
                f"sea mask {self.ocean.shape}, grid {self.grid.shape}",
                where=self.case or "low resolution",
                fix="give a fine grid and mask of factor times as many rows and columns",
            )

    @property
    def observed(self) -> Mask:
        """Blocks that have a value [h, w]."""
        return np.isfinite(self.value)


Pair = tuple[LowResolution, Field]
"""A problem and its truth [H, W] in °C, NaN on land."""


class Downscaler(Protocol):
    """A super-resolution method, learned or classical."""

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
        ...

    def analyse(self, problem: LowResolution, members: int, seed: int) -> Analysis:
        """Mean, standard deviation [1, H, W] and members [M, 1, H, W] in °C, 0 on land.

        Member k depends on (problem, seed, k) alone; methods without members ignore both numbers.
        """
        ...


def low_resolution(problem: Problem) -> LowResolution:
    """A problem of one channel and one observation, its block means; the region begins its case.

    Raises:
        BadData: for any other problem: none of block means, of several channels, of another time.
    """
    where = problem.case or "problem"
    if len(problem.channels) != 1 or len(problem.observations) != 1:
        raise BadData(
            f"{len(problem.channels)} channels, {len(problem.observations)} observations",
            where=where,
            fix="a super-resolution method takes one channel and its block means",
        )
    (seen,) = problem.observations
    operator, grid = seen.operator, problem.grid
    if not isinstance(operator, BlockMean) or seen.lag:
        raise BadData(
            f"observations by {type(operator).__name__}, {seen.lag} steps away",
            where=where,
            fix="a super-resolution method takes block means of the time itself",
        )
    if not isinstance(grid, LatLonGrid):
        raise BadData(
            f"a {type(grid).__name__}",
            where=where,
            fix="super-resolution methods take latitude-longitude grids",
        )
    known = operator.observed[0]
    value = np.full(known.shape, np.nan, np.float32)
    s_y = np.ones(known.shape, np.float32)
    value[known], s_y[known] = seen.y, seen.s_y
    return LowResolution(
        value=value,
        s_y=s_y,
        ocean=problem.ocean[0],
        grid=grid,
        factor=operator.factor,
        date=problem.time.astype("datetime64[D]"),
        region=problem.case.partition("/")[0],
        case=problem.case,
    )


def from_low_resolution(problem: LowResolution, channel: Channel) -> Problem:
    """The problem whose `low_resolution` it is, of the variable `channel`.

    Blocks with a value but without sea are no observation and are left out.
    """
    weight = (problem.grid.cell_area() * problem.ocean)[None]
    known = problem.observed[None] & BlockMean.of(weight, problem.factor).observed
    seen = Observed(
        BlockMean(weight, problem.factor, known), problem.value[known[0]], problem.s_y[known[0]]
    )
    return Problem(
        grid=problem.grid,
        channels=(channel,),
        ocean=problem.ocean[None],
        time=problem.date,
        observations=(seen,),
        case=problem.case,
    )


@dataclass(frozen=True)
class Downscaling(Method):
    """A super-resolution method as one that answers problems."""

    method: Downscaler

    @property
    def name(self) -> str:
        """The method's own."""
        return self.method.name

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """The method's answer, NaN on land; raises BadData where `low_resolution` does."""
        answer = self.method.analyse(low_resolution(problem), members, seed)
        return replace(
            answer,
            mean=problem.fill(answer.mean),
            std=None if answer.std is None else problem.fill(answer.std),
            members=None if answer.members is None else problem.fill(answer.members),
        )
