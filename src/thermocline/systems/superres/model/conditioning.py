"""What a network is conditioned on, and in which units the error it explains is.

With c the centre (an upsampling or a regression), u the uncertainty map and s one number in °C,

    z = (x − c)/(s·u)

is what is left to explain, of order one. Residual shifting with noise κ√η·s·u·ε,

    x_t = x + η_t·(c − x) + κ√η_t·s·u·ε     ⇔     z_t = (1 − η_t)·z + κ√η_t·ε,

has unit noise there: schedules, preconditioning and samplers need not know of u, and the network
sees z_t. A constant added to the temperature is in c alone, and of c the network only gets
departures from means around each cell and slopes: it cannot see the constant. Where the blocks'
means are those of a plane, the `taper` is 0 and with it all a network can add.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis, Field, Mask
from thermocline.systems.superres.config import ShiftConfig
from thermocline.systems.superres.model.features import features
from thermocline.systems.superres.model.scales import Scales, noise_map

EVEN, ODD = 5, 3
"""How many fields the network is given: those that keep their sign when temperatures change it,
then those that change it too."""
WINDOWS = (3, 9)
"""Blocks on the sides of the squares whose means are taken off the centre."""
CALM = 0.005
"""Curvature, in °C, at which a network's answer is halved: below what files resolve."""
SLOPES = 4.0
"""Departures and slopes, in units of the error to explain, are brought to order one."""


@dataclass(frozen=True, eq=False)
class Conditioning:
    """What a network is conditioned on in one problem, [H, W] where nothing else is said.

    Attributes:
        centre: c, °C; 0 on land.
        unit: s·u, °C, positive.
        ocean: where there is sea.
        fields: the channels [EVEN + ODD, H, W], of order one, 0 on land.
        taper: from 0, where blocks lie on a plane, to 1.
        steepness: |∇c|, °C a block.
        periodic: whether the columns close the circle.
    """

    centre: Field
    unit: Field
    ocean: Mask
    fields: Field
    taper: Field
    steepness: Field
    periodic: bool


def describe(
    problem: LowResolution, centre: Analysis, process: ShiftConfig, scales: Scales
) -> Conditioning:
    """Everything that is known of a problem, given its centre's answer."""
    ocean, grid, s = problem.ocean, problem.grid, scales.unit
    c = np.where(ocean, centre.mean[0], 0).astype(np.float64)
    seen = features(problem, centre)
    u = np.where(ocean, noise_map(problem, c, seen, process, scales), 1)
    modes = ("constant", "wrap" if grid.periodic else "constant")
    departures = [
        _less_its_mean(c, ocean, window * problem.factor, modes) / (SLOPES * s)
        for window in WINDOWS
    ]
    innovation = np.nan_to_num(
        problem.value - block_mean(c, grid.cell_area() * ocean, problem.factor)
    )
    coarse = [np.where(problem.observed, problem.s_y, 0) / s, innovation / s]
    error, innovation = (
        field.repeat(problem.factor, axis=0).repeat(problem.factor, axis=1) for field in coarse
    )
    latitude = np.broadcast_to(np.abs(np.sin(np.radians(grid.latitude)))[:, None], ocean.shape)
    even = [np.ones_like(c), seen.steepness / (SLOPES * s), np.log(u), error, latitude]
    fields = np.stack([*even, *departures, innovation]) * ocean
    return Conditioning(
        centre=c.astype(np.float32),
        unit=(s * u).astype(np.float32),
        ocean=ocean,
        fields=fields.astype(np.float32),
        taper=(seen.bend**2 / (seen.bend**2 + CALM**2)).astype(np.float32),
        steepness=seen.steepness.astype(np.float32),
        periodic=grid.periodic,
    )


def _less_its_mean(
    field: NDArray, ocean: Mask, width: int, modes: tuple[str, str]
) -> NDArray[np.float64]:
    """A field less its mean over the sea of a square around each cell; 0 on land."""
    share = uniform_filter(ocean.astype(np.float64), width, mode=modes)
    level = field[ocean].mean() if ocean.any() else 0.0  # less is lost to rounding
    total = uniform_filter(np.where(ocean, field - level, 0), width, mode=modes)
    return np.where(ocean, field - level - total / np.where(ocean, share, 1), 0)
