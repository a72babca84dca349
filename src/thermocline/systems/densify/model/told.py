"""What the network is told of a problem, and the space it works in.

The state is x = (truth − a)/s in normalised anomalies: a and s are mean and standard deviation of
what the model starts from, the analysis of a classical method or the climatology (a = 0, s = 1). A
network that answers 0 gives that start, and x has about unit variance wherever it is known well or
badly.
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

LEAST = 0.05
"""Least s, in standard deviations of the climate."""
VAGUE = 10.0
"""Errors, in the same, of which an observation says less than 1 %."""


class Told(NamedTuple):
    """Of B problems, each a tensor on C channels of water and H × W cells.

    Attributes:
        centre, scale: a and s [B, C, H, W].
        values: what was observed of the columns, normalised [B, C, H, W]; 0 elsewhere.
        where: share of the levels of temperature and of salinity observed there [B, 2, H, W].
        surface: anomalies of the surface fields, and where they are given [B, 6, H, W].
        ocean: 1 in the sea, 0 on land [B, 1, H, W].
        place: latitude and longitude of the middle, degrees [B, 2].
        season: sine and cosine of the day of the year [B, 2].
    """

    centre: Tensor
    scale: Tensor
    values: Tensor
    where: Tensor
    surface: Tensor
    ocean: Tensor
    place: Tensor
    season: Tensor

    @property
    def fields(self) -> Tensor:
        """All that is given cell by cell [B, `fields_of(C)`, H, W]."""
        half = self.scale.shape[1] // 2
        spread = self.scale.log()
        spreads = [
            spread[:, part].mean(dim=1, keepdim=True) for part in (slice(half), slice(half, None))
        ]
        parts = [self.centre, *spreads, self.values, self.where, self.surface, self.ocean]
        return torch.cat([part * self.ocean for part in parts], dim=1)

    @property
    def observed(self) -> Tensor:
        """1 at each observed level of a column in the sea [B, C, H, W], 0 elsewhere.

        A level that was not observed has the value 0; no observed one has exactly that.
        """
        column = self.where.repeat_interleave(self.values.shape[1] // 2, dim=1) > 0
        return (column & (self.values != 0)) * self.ocean

    def chosen(self, which: Tensor) -> "Told":
        """Those of some numbers."""
        return Told(*(part[which] for part in self))

    def within(self, rows: slice, columns: slice) -> "Told":
        """A part of the cells."""
        return Told(*(p[..., rows, columns] if p.ndim == 4 else p for p in self))

    def on(self, device: torch.device) -> "Told":
        """On another device."""
        return Told(*(part.to(device) for part in self))

    def float(self) -> "Told":
        """In single precision."""
        return Told(*(part.float() for part in self))


def fields_of(channels: int) -> int:
    """How many fields a network is given."""
    return 2 * channels + 2 + 2 + 2 * len(SURFACE) + 1


def context(told: Told, position: str) -> Tensor:
    """Place and season as a vector [B, `context_of(position)`]."""
    latitude, longitude = torch.deg2rad(told.place).unbind(dim=-1)
    if position == "unit_sphere":
        across = latitude.cos()
        where = [across * longitude.cos(), across * longitude.sin(), latitude.sin()]
    elif position == "sincos":
        where = [latitude.sin(), latitude.cos(), longitude.sin(), longitude.cos()]
    else:
        where = [latitude / (torch.pi / 2), longitude / torch.pi]
    return torch.cat([torch.stack(where, dim=-1), told.season], dim=-1)


def context_of(position: str) -> int:
    """Length of that vector."""
    return {"unit_sphere": 3, "sincos": 4, "raw": 2}[position] + 2


def tell(problem: Problem, region: Linear, start: Analysis | None) -> dict[str, NDArray]:
    """The parts of a `Told` of one problem, without its first axis.

    A network is told no errors, and takes each value for one of a usual error. So those of errors
    above `VAGUE` are not shown to it: the start alone uses the little that they say.

    Args:
        start: what the model starts from, in physical units; the climatology if None.
    """
    climate, shape = region.climate, (region.channels, *problem.grid.shape)
    normal = climate.mean(problem.time)[: region.channels]
    deviation = climate.std[: region.channels, None, None]
    centre, scale = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    if start is not None:
        assert start.std is not None
        centre = np.nan_to_num((start.mean - normal) / deviation).astype(np.float32)
        scale = np.nan_to_num(start.std / deviation, nan=1.0).clip(min=LEAST).astype(np.float32)
    seen = columns_of(problem, climate, region.modes)
    values, where = np.zeros(shape, np.float32), np.zeros((2, *shape[1:]), np.float32)
    known = np.isfinite(seen.anomaly) & (seen.error <= VAGUE)
    values.reshape(shape[0], -1)[:, seen.place] = np.where(known, seen.anomaly, 0).T
    halves = known.reshape(len(known), 2, shape[0] // 2).mean(axis=2)
    where.reshape(2, -1)[:, seen.place] = halves.T
    surface = np.zeros((2, len(SURFACE), *shape[1:]), np.float32)
    for name, field in region.surface(problem).items():
        given = np.isfinite(problem.covariates[name]) & climate.ocean
        surface[:, SURFACE.index(name)] = np.where(given, field, 0), given
    return {
        "centre": centre,
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


def told(parts: list[dict[str, NDArray]]) -> Told:
    """Problems that were told one by one."""
    return Told(*(torch.from_numpy(np.stack([p[n] for p in parts])) for n in Told._fields))
