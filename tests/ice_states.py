"""Sea ice of few degrees of freedom on 16 × 16 cells, for tests of a store and of a pipeline."""

import numpy as np

from thermocline.ocean.projected import ProjectedGrid
from thermocline.systems.seaice.data.prepare import consistent
from thermocline.systems.seaice.data.raw import ICE

SIDE = 16
GRID = ProjectedGrid(*(400e3 * (np.arange(SIDE) - 7.5) for _ in range(2)), "EPSG:3413")


def state(rng, month):
    """Thickness falls from a corner that wanders, by season; the rest follows from it."""
    i, j = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    reach = 7 + 3 * np.cos(2 * np.pi * (month - 3) / 12) + rng.normal(0, 1.2)
    bump = rng.normal(0, 0.4) * np.sin((i + rng.uniform(0, 6)) / 3)
    thick = np.clip(0.4 * (reach - np.hypot(i - 4, j - 5) + bump), 0, None)
    ice = np.clip(thick * 1.5, 0, 1)
    drift = 0.02 * (reach - 7) + 0.02 * np.sin(j / 4)
    fields = dict(
        zip(
            (v.name for v in ICE),
            (thick, ice, np.clip(1 - ice + 0.3 * np.sin(i), 0, 1), drift * ice, -drift * ice),
            strict=True,
        )
    )
    land = (i < 2) & (j > 10)
    return consistent({name: np.where(land, np.nan, values) for name, values in fields.items()})
