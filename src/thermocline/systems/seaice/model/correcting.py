"""The network for observations: it goes on from the ensemble OI's analysis.

    v ~ clip(μ + s ε, l, r),      μ = m + d·a,   log s = log d + b,      (a, b) = F(m, d, y, where)

m, d are the mean and deviation of the ensemble OI in scaled units. F begins at zero, so an
untrained network answers the clipped ensemble OI. It is trained for the CRPS of the censored
Gaussian, a proper score; the analyses it is
trained on are cross-validated.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from thermocline.diffusion.censored import crps
from thermocline.ocean.problem import Problem
from thermocline.systems.seaice.baselines.methods import EnsembleOI
from thermocline.systems.seaice.data.physics import CONCENTRATION, THICKNESS
from thermocline.systems.seaice.model.networks import season
from thermocline.systems.seaice.model.scaling import Scaling
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share

LEAST_S = 0.02
"""Least deviation, in scaled units."""


class Analysed(NamedTuple):
    """Pairs of a truth and its analysis, scaled, each a tensor whose first axis is the pair.

    Attributes:
        truth, mean, std: [N, 5, H, W].
        seen: values of concentration and thickness, and where they are [N, 4, H, W].
        day: of the year [N].
    """

    truth: Tensor
    mean: Tensor
    std: Tensor
    seen: Tensor
    day: Tensor


class Correcting:
    """An `Objective` of the network for observations."""

    def __init__(self, pairs: Analysed, checks: Analysed, scaling: Scaling, batch: int):
        self.pairs, self.checks, self.scaling, self.batch = pairs, checks, scaling, batch

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Analysed:
        """A share of one batch of pairs."""
        drawn = torch.randint(len(self.pairs.truth), (self.batch,), generator=generator)
        chosen = share.part(drawn)
        return Analysed(*(part[chosen] for part in self.pairs))

    def loss(self, network: nn.Module, batch: Analysed) -> Tensor:
        """CRPS in deviations."""
        return self._crps(network, batch).mean()

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """CRPS of held-back pairs relative to that of the clipped ensemble OI."""
        network = network.eval()
        size = range(0, len(self.checks.truth), self.batch)
        parts = [Analysed(*(p[k : k + self.batch] for p in self.checks)) for k in size]
        ours = torch.cat([self._crps(network, part) for part in parts])
        theirs = torch.cat([self._crps(None, part) for part in parts])
        return {"crps_ratio": float(ours.mean() / theirs.mean())}

    def _crps(self, network: nn.Module | None, batch: Analysed) -> Tensor:
        """Of each pair and variable [B, 5], averaged over the sea."""
        device = batch.mean.device if network is None else next(network.parameters()).device
        batch = Analysed(*(part.to(device) for part in batch))
        return crps_of(network, batch, self.scaling.on(device))


def crps_of(network: nn.Module | None, batch: Analysed, scaling: Scaling) -> Tensor:
    """CRPS of each pair and variable [B, 5], averaged over the sea.

    Args:
        network: None for the clipped ensemble OI.
        batch, scaling: on the network's device.
    """
    if network is not None:
        mu, s = corrected(network, scaling, *batch[1:])
    else:
        mu, s = batch.mean, batch.std.clamp(min=LEAST_S)
    found = crps(batch.truth, mu, s, scaling.lower, scaling.upper) * scaling.ocean
    return found.sum(dim=(2, 3)) / scaling.ocean.sum()


def corrected(
    network: nn.Module, scaling: Scaling, mean: Tensor, std: Tensor, seen: Tensor, day: Tensor
) -> tuple[Tensor, Tensor]:
    """μ and s [B, 5, H, W] of the network, scaled."""
    std = std.clamp(min=LEAST_S)
    known = scaling.known.expand(len(mean), -1, -1, -1)
    x = torch.cat([mean, std.log()], dim=1) * scaling.ocean
    fields = torch.cat([seen, known], dim=1)
    nothing = torch.zeros(len(mean), device=mean.device)
    a, b = network(x, nothing, fields, season(day)[:, :2].to(mean)).float().chunk(2, dim=1)
    return mean + std * a, (std * b.clamp(-2, 2).exp()).clamp(min=LEAST_S)


def seen_fields(asked: Problem, scaling: Scaling) -> NDArray[np.float32]:
    """Scaled values of concentration and thickness, and where they are [4, H, W]."""
    shape = (len(asked.channels), *asked.grid.shape)
    values, where = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    mean, deviation = (part.cpu().numpy() for part in (scaling.mean, scaling.deviation))
    for each in asked.observations:
        if each.lag:
            continue
        hit = each.operator.adjoint(np.ones(each.operator.size))
        total = each.operator.adjoint(np.asarray(each.y, np.float64))
        here = hit > 0
        values[here] = (total[here] / hit[here]).astype(np.float32)
        where[here] = 1
    scaled = (values - mean[:, None, None]) / deviation[:, None, None] * where
    order = [CONCENTRATION, THICKNESS]
    return np.concatenate([scaled[order], where[order]]).astype(np.float32)


def scaled_moments(
    method: EnsembleOI, scaling: Scaling, mean: NDArray, std: NDArray
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and deviation over the sea [5, S] as scaled fields [5, H, W]."""
    fields = torch.from_numpy(method.ensemble.fields(np.stack([mean, std]))).to(scaling.mean)
    spread = fields[1] / scaling.deviation[:, None, None]
    return scaling.scale(fields[0]).cpu().numpy(), spread.cpu().numpy()
