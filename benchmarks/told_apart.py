"""How often a small network tells members from the truth: a classifier two-sample test.

An accuracy of 0.5 is chance: the network finds no difference; 1 says that it is never wrong
(Lopez-Paz & Oquab, 2017). It sees squares of a field, less their mean, and never where they
are; it learns from the days of one half and judges those of the other, and then the other way
round. Squares of a day are alike, so days, not squares, are kept apart.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

SIDE, WIDTH = 32, 16
"""Cells of a square on a side, and channels of the network."""
STEPS, BATCH, LEARNING_RATE = 600, 64, 2e-3


def accuracy(truth: Sequence[NDArray], members: Sequence[NDArray], seed: int = 0) -> float:
    """The share of a day's squares that are told right, averaged over days and over both kinds.

    No day is judged by a network that learned from it. Days without a whole square do not count.

    Args:
        truth: fields [H, W] of each day, land NaN.
        members: as many fields each day [M, H, W].
    """
    days = [(squares(one[None]), squares(many)) for one, many in zip(truth, members, strict=True)]
    right = []
    for half in range(2):
        learned = [day for number, day in enumerate(days) if number % 2 != half]
        judged = [day for number, day in enumerate(days) if number % 2 == half]
        network = trained(learned, seed)
        for of_truth, of_members in judged:
            with torch.no_grad():
                right.append((network(of_truth) < 0).float().mean())
                right.append((network(of_members) > 0).float().mean())
    return float(torch.stack(right).nanmean())


def squares(fields: NDArray) -> torch.Tensor:
    """Squares of sea alone [n, 1, SIDE, SIDE], less their means, of fields [M, H, W]."""
    rows, columns = (side // SIDE * SIDE for side in fields.shape[1:])
    cut = fields[:, :rows, :columns].reshape(len(fields), rows // SIDE, SIDE, columns // SIDE, SIDE)
    found = cut.swapaxes(2, 3).reshape(-1, SIDE, SIDE)
    found = found[np.isfinite(found).all(axis=(1, 2))]
    return torch.from_numpy(found - found.mean(axis=(1, 2), keepdims=True)).float()[:, None]


def trained(days: Sequence[tuple[torch.Tensor, torch.Tensor]], seed: int) -> nn.Module:
    """A network that is above 0 for members, taught with as many squares of each kind."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = small()
    kinds = [torch.cat(kind) for kind in zip(*days, strict=True)]
    scale = kinds[0].std()
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    label = torch.cat([torch.zeros(BATCH // 2), torch.ones(BATCH // 2)])
    for _ in range(STEPS):
        drawn = [
            each[torch.randint(len(each), (BATCH // 2,), generator=generator)] for each in kinds
        ]
        seen = torch.cat(drawn)
        for axis in (-2, -1):
            if torch.rand((), generator=generator) < 0.5:
                seen = seen.flip(axis)
        loss = nn.functional.binary_cross_entropy_with_logits(network(seen / scale), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    return nn.Sequential(Scaled(float(scale)), network)


class Scaled(nn.Module):
    """Fields in units of `scale`."""

    def __init__(self, scale: float):
        super().__init__()
        self.scale = scale

    def forward(self, fields: torch.Tensor) -> torch.Tensor:
        return fields / self.scale


def small() -> nn.Module:
    """Four convolutions and a mean over the square: 9 thousand weights."""
    layers: list[nn.Module] = []
    for before, stride in ((1, 1), (WIDTH, 2), (WIDTH, 2), (WIDTH, 2)):
        layers += [nn.Conv2d(before, WIDTH, 3, stride, 1), nn.BatchNorm2d(WIDTH), nn.ReLU()]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, 1), nn.Flatten(0)
    )
