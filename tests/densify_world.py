"""A region of few degrees of freedom on 20 × 24 cells, whose statistics are known."""

from types import SimpleNamespace

import numpy as np
from scipy.ndimage import gaussian_filter

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.sample import Group, Layout, Sample
from thermocline.systems.densify.config import DensifySection
from thermocline.systems.densify.data.raw import SURFACE, WATER

SHAPE = 20, 24
DEPTH = np.array([5.0, 50, 200, 600])
GRID = LatLonGrid(30 + 0.2 * np.arange(SHAPE[0]), -60 + 0.2 * np.arange(SHAPE[1]))
OCEAN = np.ones(SHAPE, bool)
OCEAN[:5, :6] = False
MODES = np.array(
    [[1.5, 0.2], [1.2, -0.6], [0.9, -0.5], [0.4, 0.3], [0.1, 0.05], [0.1, 0.1], [0.05, -0.1],
     [0.02, 0.05]]
)  # fmt: skip
"""Of temperature at four levels, then salinity, for a unit of two smooth random fields."""
MEAN = np.array([20.0, 17, 12, 6, 36, 36.2, 35.4, 34.8])
LAYOUTS = {name: Layout(VARIABLES[name], GRID, DEPTH) for name in WATER}
LAYOUTS |= {name: Layout(VARIABLES[name], GRID) for name in SURFACE}
GROUP = Group("box", LAYOUTS)


def smooth(rng, width=2.0):
    """A field of unit variance whose correlation is Gaussian, of length √2 · width."""
    return (
        2 * np.sqrt(np.pi) * width * gaussian_filter(rng.standard_normal(SHAPE), width, mode="wrap")
    )


def state(rng, day):
    """Fields by name: the season warms the surface; two modes; surfaces with errors."""
    c = np.stack([smooth(rng), smooth(rng, 1.5)])
    water = MEAN[:, None, None] + np.tensordot(MODES, c, 1)
    elapsed = (day - day.astype("datetime64[Y]").astype("datetime64[D]")).astype(float)
    water[:2] += np.array([4.0, 1.0])[:, None, None] * np.cos(2 * np.pi * elapsed / 365.25)
    seen = {
        "tos": water[0] + 0.2 * smooth(rng, 1.0),
        "sos": water[4] + 0.1 * smooth(rng, 1.0),
        "zos": 0.1 * c[0] + 0.01 * smooth(rng, 1.0),
    }
    fields = {"thetao": water[:4], "so": water[4:], **seen}
    return {k: np.where(OCEAN, v, np.nan).astype(np.float32) for k, v in fields.items()}


def samples(train=60, others=4, seed=0):
    """Weekly states of two training members, of validation years, of the truth and its variant."""
    rng = np.random.default_rng(seed)
    for member, split, first, count in (
        ("r1", "train", "2003-01-01", train),
        ("r2", "train", "2003-01-01", train),
        ("r1", "validation", "2005-03-02", others),
        ("truth", "test", "2005-01-05", others),
        ("shifted", "test", "2005-01-05", others),
    ):
        for week in range(count):
            day = np.datetime64(first, "D") + 7 * week
            yield Sample(f"box/{member}/{day}", split, day, GROUP, state(rng, day))


def config(prepared, **own):
    """What the system asks of params.yaml."""
    section = DensifySection.model_validate(own)
    data = SimpleNamespace(prepared=prepared)
    return SimpleNamespace(seed=0, data=data, section=lambda name: section, densify=section)
