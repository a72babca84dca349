"""What every super-resolution method is asked, and how it answers.

A day's sea-surface temperature is known as means over blocks of factor × factor cells; the cells
themselves are asked for. Temperatures are in °C throughout: learned methods normalise for
themselves. h and w count blocks, H = factor·h and W = factor·w cells.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis, Field, Mask


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
