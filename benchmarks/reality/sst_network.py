"""How far off an analysis is and how sure, cell by cell, learned from how wrong analyses were.

The ensemble OI's standard deviation knows where is observed, but not what is: it is the same over
a quiet sea and among eddies. A small network sees the analysis, its slopes and the innovations and
answers a shift δ and a factor s for each cell,

    x ~ N(a + σ δ, (s σ)²),    a, σ the ensemble OI's,

trained for the least CRPS on analyses of states their covariance did not know. An untrained one
answers δ = 0, s = 1.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn

from thermocline.files import atomic_path
from thermocline.networks.unet import UNet
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.reconstruct.model.condition import (
    box_sum,
    informed_count,
    informed_fields,
    season,
)
from thermocline.systems.reconstruct.model.pairs import Pairs
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share

from .tasman import Series

WAVES = (1, 2)
NEAR = 7
"""Width, in cells, of the squares over which squared innovations are averaged."""


def build(seed: int, width: int = 16) -> UNet:
    """An untrained network, whose first weights depend on `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fields = informed_count(1) + 4 * len(WAVES) + 4
        return UNet(2, fields, context=2, width=width, multipliers=(1, 2, 2), embedding=32)


def adjustment(
    network: nn.Module, series: Series, y: Tensor, where: Tensor, a: Tensor, std: Tensor, month
) -> tuple[Tensor, Tensor]:
    """δ and s [B, 1, H, W] of analyses a with standard deviations; all [B, 1, H, W], month [B]."""
    east, north = slopes(a)
    surprise = ((y - a) * where).square() / (std.square() + 0.1)
    told = [
        informed_fields(y, where, a),
        places(series.grid)[None].expand(len(a), -1, -1, -1),
        torch.from_numpy(series.ocean.astype(np.float32))[None].expand(len(a), -1, -1, -1),
        torch.hypot(east, north) * 5,
        box_sum(surprise, NEAR) / (1 + box_sum(where, NEAR)),
        box_sum(surprise, 4 * NEAR + 1) / (1 + box_sum(where, 4 * NEAR + 1)),
    ]
    zero = torch.zeros(len(a))
    answer = network(
        torch.cat([a, 3 * std], dim=1), zero, torch.cat(told, dim=1), context=season(month)
    )
    return answer[:, :1], answer[:, 1:].clamp(-1.5, 1.5).exp()


def places(grid: LatLonGrid) -> Tensor:
    """Where cells are in the box: waves along and across it, [4·len(WAVES), H, W].

    Points on the unit sphere, which serve on a globe, hardly differ within a small sea.
    """
    rows, columns = (torch.linspace(0, math.pi, size) for size in grid.shape)
    phase = torch.stack(
        [axis * k for k in WAVES for axis in torch.meshgrid(rows, columns, indexing="ij")]
    )
    return torch.cat([phase.cos(), phase.sin()])


def slopes(field: Tensor) -> tuple[Tensor, Tensor]:
    """Centred differences to the east and to the north, [B, 1, H, W]; zero at the edges."""
    east, north = torch.zeros_like(field), torch.zeros_like(field)
    east[..., 1:-1] = (field[..., 2:] - field[..., :-2]) / 2
    north[..., 1:-1, :] = (field[..., 2:, :] - field[..., :-2, :]) / 2
    return east, north


def crps_normal(z: Tensor, s: Tensor) -> Tensor:
    """CRPS of N(0, s²) at z (Gneiting et al., 2005, eq. 5)."""
    t = z / s
    cdf = 0.5 * (1 + torch.erf(t / math.sqrt(2)))
    density = torch.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)
    return s * (t * (2 * cdf - 1) + 2 * density - 1 / math.sqrt(math.pi))


class LeastCrps:
    """CRPS of adjusted analyses relative to that of the ensemble OI's own; an `Objective`.

    Args:
        pairs, std: training pairs, and the standard deviation [L, 1, H, W] of each layout.
        checks: the same of held-back years.
        batch: samples a step.
    """

    def __init__(
        self,
        series: Series,
        pairs: Pairs,
        std: NDArray,
        checks: tuple[Pairs, NDArray],
        batch: int,
    ):
        self.series, self.batch = series, batch
        self.parts, self.checks = (pairs, std), checks
        weight = series.area * series.statistics.std * series.ocean
        self.weight = torch.from_numpy(weight.astype(np.float32))

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> list[int]:
        """A share of one batch of pairs: their numbers."""
        chosen = torch.randint(len(self.parts[0]), (self.batch,), generator=generator)
        return list(share.part(chosen).tolist())

    def loss(self, network: nn.Module, drawn: list[int]) -> Tensor:
        """Of some pairs."""
        return self._ratio(network, *self.parts, drawn)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The same of held-back pairs."""
        pairs, std = self.checks
        parts = np.array_split(np.arange(len(pairs)), -(-len(pairs) // self.batch))
        ratios = [float(self._ratio(network, pairs, std, part.tolist())) for part in parts]
        return {"crps_ratio": float(np.mean(ratios))}

    def _ratio(self, network: nn.Module, pairs: Pairs, std: NDArray, chosen: list[int]) -> Tensor:
        series = self.series
        problems = [
            pairs.problem(p, series.anomaly, series.month, series.ocean, series.s_y) for p in chosen
        ]
        x = torch.from_numpy(series.anomaly[pairs.state[chosen]])
        a = torch.from_numpy(pairs.analysis[chosen].astype(np.float32))
        sigma = torch.from_numpy(std[pairs.layout[chosen]].astype(np.float32))
        y = torch.from_numpy(np.stack([p.y for p in problems]))
        where = torch.from_numpy(np.stack([p.observed for p in problems]).astype(np.float32))
        month = torch.tensor([p.month for p in problems])
        shift, factor = adjustment(network, series, y, where, a, sigma, month)
        sea = sigma.clamp(min=1e-3)
        z, weight = (x - a) / sea, self.weight * sea
        ours = (weight * crps_normal(z - shift, factor)).sum(dim=(1, 2, 3))
        theirs = (weight * crps_normal(z, torch.ones_like(z))).sum(dim=(1, 2, 3)).mean()
        return (ours / theirs).mean()


class Best(L.Callback):
    """Keeps, in `path`, the averaged weights of the step that did best on held-back days."""

    def __init__(self, path: Path):
        self.path = path

    def on_train_batch_end(self, trainer: L.Trainer, module: Any, *_: Any) -> None:
        """Called after each step's bookkeeping."""
        ratios = [metrics["crps_ratio"] for _, metrics in module.history]
        if ratios and module.history[-1][0] == trainer.global_step and ratios[-1] == min(ratios):
            weights = {k: v.contiguous() for k, v in module.ema.module.state_dict().items()}
            with atomic_path(self.path) as temporary:
                save_file(weights, temporary)
