"""The conditioning of a network, and the units of the error that it predicts.

With c the first guess (an upsampling or a regression), u the uncertainty map and s a number in °C,

    z = (x − c)/(s·u)

is the residual, of order one. Residual shifting with noise κ√η·s·u·ε,

    x_t = x + η_t·(c − x) + κ√η_t·s·u·ε     ⇔     z_t = (1 − η_t)·z + κ√η_t·ε,

has unit noise for z: schedules, preconditioning and samplers do not depend on u, and the input of
the network is z_t. A constant added to the temperature changes c only, of which the network gets
departures from means around each cell, and gradients: its answer does not depend on the constant.
Where block means lie on a plane, the `taper` is 0, and so is the network's increment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis, Field, Mask
from thermocline.systems.superres.config.model import ShiftConfig
from thermocline.systems.superres.model.features import features
from thermocline.systems.superres.model.scales import Scales, noise_map

EVEN, ODD = 5, 3
"""Numbers of conditioning fields: those that keep their sign if the sign of all temperatures
changes, then those that change it too."""
WINDOWS = (3, 9)
"""Blocks on the sides of the squares whose means are subtracted from the first guess."""
HALF_CURVATURE = 0.005
"""Curvature, in °C, at which the network's increment is halved: below the resolution of files."""
TYPICAL = 4.0
"""Divisor that brings departures and gradients, in units of s, to order one."""


@dataclass(frozen=True, eq=False)
class Conditioning:
    """The conditioning of one problem, [H, W] unless another shape is given.

    Attributes:
        first_guess: c, °C; 0 on land.
        unit: s·u, °C, positive.
        ocean: True in the sea.
        fields: the channels [EVEN + ODD, H, W], of order one, 0 on land.
        taper: from 0, where blocks lie on a plane, to 1.
        gradient_magnitude: |∇c|, °C a block.
        periodic: whether the columns go around the globe.
    """

    first_guess: Field
    unit: Field
    ocean: Mask
    fields: Field
    taper: Field
    gradient_magnitude: Field
    periodic: bool


def describe(
    problem: LowResolution, first_guess: Analysis, process: ShiftConfig, scales: Scales
) -> Conditioning:
    """The conditioning of a problem with its first guess."""
    ocean, grid, s = problem.ocean, problem.grid, scales.unit
    c = np.where(ocean, first_guess.mean[0], 0).astype(np.float64)
    seen = features(problem, first_guess)
    u = np.where(ocean, noise_map(problem, c, seen, process, scales), 1)
    modes = ("constant", "wrap" if grid.periodic else "constant")
    departures = [
        _minus_local_mean(c, ocean, window * problem.factor, modes) / (TYPICAL * s)
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
    even = [np.ones_like(c), seen.gradient_magnitude / (TYPICAL * s), np.log(u), error, latitude]
    fields = np.stack([*even, *departures, innovation]) * ocean
    return Conditioning(
        first_guess=c.astype(np.float32),
        unit=(s * u).astype(np.float32),
        ocean=ocean,
        fields=fields.astype(np.float32),
        taper=(seen.bend**2 / (seen.bend**2 + HALF_CURVATURE**2)).astype(np.float32),
        gradient_magnitude=seen.gradient_magnitude.astype(np.float32),
        periodic=grid.periodic,
    )


def _minus_local_mean(
    field: NDArray, ocean: Mask, width: int, modes: tuple[str, str]
) -> NDArray[np.float64]:
    """A field minus its mean over the sea of a square around each cell; 0 on land."""
    share = uniform_filter(ocean.astype(np.float64), width, mode=modes)
    level = field[ocean].mean() if ocean.any() else 0.0  # reduces rounding errors
    total = uniform_filter(np.where(ocean, field - level, 0), width, mode=modes)
    return np.where(ocean, field - level - total / np.where(ocean, share, 1), 0)
