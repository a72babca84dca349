"""The conditioning of the network, and the space it works in.

The state is x = (truth − a)/s in normalised anomalies: a and s are mean and standard deviation of
the first guess, the analysis of a classical method or the climatology (a = 0, s = 1). With a
network that predicts 0 the answer is the first guess, and x has about unit variance everywhere.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from thermocline.ocean.grid import Grid
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.data.climate import harmonics
from thermocline.systems.densify.data.columns import columns_of
from thermocline.systems.densify.data.raw import SURFACE

MIN_SCALE = 0.05
"""Smallest s, in standard deviations of the climate."""
MAX_ERROR = 10.0
"""Observations with larger errors, in the same unit, weigh less than 1 %."""


class Conditioning(NamedTuple):
    """Of B problems, each a tensor on C channels of water and H × W cells.

    Attributes:
        first_guess, scale: a and s [B, C, H, W].
        values: observed values, normalised [B, C, H, W]; 0 elsewhere.
        where: shares of the levels where temperature and salinity are observed [B, 2, H, W].
        surface: anomalies of the surface fields, and masks of where they are given [B, 6, H, W].
        ocean: 1 in the sea, 0 on land [B, 1, H, W].
        place: latitude and longitude of the middle, degrees [B, 2].
        season: sine and cosine of the day of the year [B, 2].
    """

    first_guess: Tensor
    scale: Tensor
    values: Tensor
    where: Tensor
    surface: Tensor
    ocean: Tensor
    place: Tensor
    season: Tensor

    @property
    def fields(self) -> Tensor:
        """All fields [B, `fields_of(C)`, H, W]."""
        half = self.scale.shape[1] // 2
        spread = self.scale.log()
        spreads = [
            spread[:, part].mean(dim=1, keepdim=True) for part in (slice(half), slice(half, None))
        ]
        parts = [self.first_guess, *spreads, self.values, self.where, self.surface, self.ocean]
        return torch.cat([part * self.ocean for part in parts], dim=1)

    @property
    def observed(self) -> Tensor:
        """1 at each observed level of a column in the sea [B, C, H, W], 0 elsewhere.

        A level that was not observed has the value 0; no observed one has exactly that.
        """
        column = self.where.repeat_interleave(self.values.shape[1] // 2, dim=1) > 0
        return (column & (self.values != 0)) * self.ocean

    def chosen(self, which: Tensor) -> "Conditioning":
        """The problems with these indices."""
        return Conditioning(*(part[which] for part in self))

    def within(self, rows: slice, columns: slice) -> "Conditioning":
        """A part of the cells."""
        return Conditioning(*(p[..., rows, columns] if p.ndim == 4 else p for p in self))

    def on(self, device: torch.device) -> "Conditioning":
        """On another device."""
        return Conditioning(*(part.to(device) for part in self))

    def float(self) -> "Conditioning":
        """In single precision."""
        return Conditioning(*(part.float() for part in self))


def fields_of(channels: int) -> int:
    """Number of conditioning fields."""
    return 2 * channels + 2 + 2 + 2 * len(SURFACE) + 1


def context(conditioning: Conditioning, position: str) -> Tensor:
    """Place and season as a vector [B, `context_of(position)`]."""
    latitude, longitude = torch.deg2rad(conditioning.place).unbind(dim=-1)
    if position == "unit_sphere":
        across = latitude.cos()
        where = [across * longitude.cos(), across * longitude.sin(), latitude.sin()]
    elif position == "sincos":
        where = [latitude.sin(), latitude.cos(), longitude.sin(), longitude.cos()]
    else:
        where = [latitude / (torch.pi / 2), longitude / torch.pi]
    return torch.cat([torch.stack(where, dim=-1), conditioning.season], dim=-1)


def context_of(position: str) -> int:
    """Length of that vector."""
    return {"unit_sphere": 3, "sincos": 4, "raw": 2}[position] + 2


def describe(problem: Problem, region: Linear, start: Analysis | None) -> dict[str, NDArray]:
    """The parts of the `Conditioning` of one problem, without the first axis.

    Errors are not part of the conditioning: the network assumes the usual ones. Values with errors
    above `MAX_ERROR` are therefore left out; only the first guess uses them.

    Args:
        start: the first guess in physical units; the climatology if None.
    """
    climate, shape = region.climate, (region.channels, *problem.grid.shape)
    normal = climate.mean(problem.time)[: region.channels]
    deviation = climate.std[: region.channels, None, None]
    first_guess, scale = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    if start is not None:
        assert start.std is not None
        first_guess = np.nan_to_num((start.mean - normal) / deviation).astype(np.float32)
        scale = np.nan_to_num(start.std / deviation, nan=1.0).clip(min=MIN_SCALE).astype(np.float32)
    seen = columns_of(problem, climate, region.modes)
    values, where = np.zeros(shape, np.float32), np.zeros((2, *shape[1:]), np.float32)
    usable = np.isfinite(seen.anomaly) & (seen.error <= MAX_ERROR)
    values.reshape(shape[0], -1)[:, seen.place] = np.where(usable, seen.anomaly, 0).T
    halves = usable.reshape(len(usable), 2, shape[0] // 2).mean(axis=2)
    where.reshape(2, -1)[:, seen.place] = halves.T
    surface = np.zeros((2, len(SURFACE), *shape[1:]), np.float32)
    for name, field in region.surface(problem).items():
        given = np.isfinite(problem.covariates[name]) & climate.ocean
        surface[:, SURFACE.index(name)] = np.where(given, field, 0), given
    return {
        "first_guess": first_guess,
        "scale": scale,
        "values": values,
        "where": where,
        "surface": surface.reshape(-1, *shape[1:]),
        "ocean": climate.ocean[None].astype(np.float32),
        "place": middle(problem.grid),
        "season": harmonics([problem.time])[0, 1:3].astype(np.float32),
    }


def middle(grid: Grid) -> NDArray[np.float32]:
    """Latitude and longitude of the middle cell, degrees [2]."""
    rows, columns = grid.shape
    latitude, longitude = grid.centres()
    return np.array(
        [latitude[rows // 2, columns // 2], longitude[rows // 2, columns // 2]], np.float32
    )


def batched(parts: list[dict[str, NDArray]]) -> Conditioning:
    """The conditioning of several problems, from `describe` of each."""
    return Conditioning(
        *(torch.from_numpy(np.stack([p[n] for p in parts])) for n in Conditioning._fields)
    )
