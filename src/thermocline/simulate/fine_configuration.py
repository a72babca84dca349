"""Where fine sea-surface temperature is simulated, with which eddies, and on how many days."""

from dataclasses import dataclass

import numpy as np

from thermocline.ocean.boxes import BOXES, SIZE
from thermocline.ocean.latlon import LatLonGrid
from thermocline.simulate.stirring import DAY

CELL = 0.05  # degrees
FACTOR = 5  # cells on a side of a coarse block


@dataclass(frozen=True)
class Region:
    """A box by its south-western corner (degrees), its eddies (m/s, m), and what is kept (°C)."""

    name: str
    south: float
    west: float
    speed: float
    wavelength: float
    rounding: float = 0.03

    def grid(self, step: float = CELL, margin: int = 0) -> LatLonGrid:
        """The box in cells of `step` degrees, with so many more on every side."""
        steps = step * (np.arange(round(SIZE / step) + 2 * margin) - margin + 0.5)
        return LatLonGrid(np.round(self.south + steps, 3), np.round(self.west + steps, 3))


REGIONS = tuple(
    Region(name, *BOXES[name], *numbers)
    for name, *numbers in (
        ("gulf_stream", 0.36, 300e3),
        ("kuroshio", 0.34, 300e3),
        ("agulhas", 0.34, 280e3),
        ("brazil_malvinas", 0.34, 270e3),
        ("tropical_atlantic", 0.30, 420e3, 0.01),
        ("southern_ocean", 0.22, 210e3, 0.02),
    )
)
WITHHELD = ("southern_ocean",)
"""Regions that no training member has."""


@dataclass(frozen=True)
class Configuration:
    """A member's eddies, as factors on a region's, and its days.

    Attributes:
        name, seed: of the member.
        speed, size: factors.
        memory, brake: see `Stirring`, s.
        days: how many in each of the periods (first year, last year).
    """

    name: str
    seed: int
    speed: float
    size: float
    memory: float
    brake: float
    days: tuple[tuple[int, int, int], ...]


_ARCHIVE = ((1981, 2004, 28), (2005, 2009, 6))
MEMBERS = (
    Configuration("r1", 101, 1.0, 1.0, 12 * DAY, 5 * DAY, _ARCHIVE),
    Configuration("r2", 202, 1.12, 0.9, 14 * DAY, 5 * DAY, _ARCHIVE),
    Configuration("r3", 303, 0.88, 1.12, 10 * DAY, 5 * DAY, _ARCHIVE),
)
TRUTH = Configuration("truth", 909, 1.15, 1.05, 13 * DAY, 8 * DAY, ((2005, 2009, 8),))


def jobs() -> list[tuple[Region, Configuration]]:
    """Which member is made in which region: the truth in all, others in one or two each.

    A file takes 17 kB before it holds a value, which fewer, longer files save.
    """
    known = [region for region in REGIONS if region.name not in WITHHELD]
    archive = [(region, MEMBERS[i % len(MEMBERS)]) for i, region in enumerate(known)]
    return archive + [(region, TRUTH) for region in REGIONS]
