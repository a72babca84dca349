"""Regions with their own water, and the members and withheld truths that are simulated in them."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sea_mask import is_sea
from thermocline.simulate.mesoscale.layers import Layers

CELLS, STEP, CELL = 64, 0.2, 20e3  # on a side; degrees; metres of the flow's plane
LEVELS = (5, 15, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1100, 1300, 1500)


@dataclass(frozen=True)
class Region:
    """A box with its mean water, after the author's reading of regional T–S diagrams.

    Attributes:
        name: of the region.
        south, west: corner, degrees.
        top, deep: temperatures above and below the thermocline, °C.
        thermocline, width: its depth and half thickness, m.
        share: of the temperature difference that is in it; the rest decays steadily over `decay`.
        salinity: at rising temperatures, pairs (°C, 1e-3).
        season: amplitude of the seasonal cycle of the surface, °C.
        summer, winter: mixed layers, m.
        gradient: of the surface temperature, °C northward over the box.
    """

    name: str
    south: float
    west: float
    top: float
    deep: float
    thermocline: float
    width: float
    share: float
    decay: float
    salinity: tuple[tuple[float, float], ...]
    season: float
    summer: float
    winter: float
    gradient: float

    def grid(self) -> LatLonGrid:
        """The box in cells."""
        steps = STEP * (np.arange(CELLS) + 0.5)
        return LatLonGrid(np.round(self.south + steps, 3), np.round(self.west + steps, 3))

    def ocean(self) -> NDArray[np.bool_]:
        """Where there is sea [H, W], by the coastline of global-land-mask."""
        grid = self.grid()
        return is_sea(grid.latitude, grid.longitude)


REGIONS = (
    Region(
        "gulf_stream", 30.0, -76.0, 21.0, 3.6, 560, 230, 0.6, 420,
        ((3, 34.93), (5, 35.0), (10, 35.3), (15, 36.0), (18, 36.45), (22, 36.5), (29, 36.2)),
        4.2, 22, 190, -3.0,
    ),
    Region(
        "kuroshio", 28.0, 138.0, 20.0, 2.2, 420, 200, 0.6, 350,
        ((2, 34.62), (4, 34.38), (7, 34.15), (10, 34.32), (15, 34.65), (19, 34.82), (29, 34.5)),
        4.6, 20, 170, -3.0,
    ),
    Region(
        "agulhas", -44.0, 18.0, 18.5, 2.7, 500, 260, 0.5, 400,
        ((2, 34.72), (4, 34.42), (6, 34.4), (10, 34.85), (15, 35.4), (20, 35.55), (29, 35.3)),
        2.8, 28, 150, 3.0,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One ocean in every region.

    Attributes:
        name, seed: what it is called, and where its randomness starts.
        layers: the eddies' mean flow.
        season, mixed_layer: factors on the region's.
        wind: spread of the logarithm of the mixed layer's depth.
        weather: standard deviation of surface anomalies by heat fluxes, °C.
        spice: temperature difference along isopycnals over 1000 km, °C.
        warmth, deeper: added to the water above the thermocline, °C, and to the latter's depth, m.
    """

    name: str
    seed: int
    layers: Layers = field(default_factory=Layers)
    season: float = 1.0
    mixed_layer: float = 1.0
    wind: float = 0.35
    weather: float = 1.0
    spice: float = 6.0
    warmth: float = 0.0
    deeper: float = 0.0


MEMBERS = (
    Member("r1", 2101),
    Member(
        "r2", 2202,
        Layers(reduced_gravity=(0.0147, 0.0114, 0.0073), mean=(0.185, 0.13, 0.07, 0.0)),
        season=1.05, mixed_layer=1.08, spice=6.6,
    ),
    Member(
        "r3", 2303,
        Layers(reduced_gravity=(0.0133, 0.0126, 0.0067), mean=(0.192, 0.138, 0.08, 0.0)),
        season=0.95, mixed_layer=0.93, wind=0.4, spice=5.4,
    ),
)  # fmt: skip
"""The oceans that a model may learn from."""

TRUTH = Member(
    "truth", 2909,
    Layers(reduced_gravity=(0.0119, 0.0144, 0.0077), mean=(0.175, 0.145, 0.095, 0.0)),
    season=1.03, mixed_layer=1.05, wind=0.38, weather=1.05, spice=6.3,
)  # fmt: skip
SHIFTED = replace(TRUTH, name="shifted", seed=2919, warmth=0.7, deeper=30.0)
WITHHELD = (TRUTH, SHIFTED)
"""The oceans that methods are scored on; the second has another climatology, too."""
