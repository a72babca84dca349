"""What the autoencoder of columns is trained for, and its training.

    L = E o (|x̂ − x| + (x̂ − x)²),      x = (truth − a)/s

The mean over all channels of the sea's cells (o); x is what the denoiser will work on.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.config import TrainingConfig
from thermocline.errors import BadConfig
from thermocline.networks.columns import ColumnAutoencoder
from thermocline.systems.densify.model.pairs import Pairs
from thermocline.training.fit import fit
from thermocline.training.objective import Metrics, Report
from thermocline.training.share import WHOLE, Share

COLUMNS = 50_000
"""Columns that principal components and the latent's statistics are taken of; of each state one
at least."""
CHECKED = 8
"""Pairs that are checked at once."""


class Drawn(NamedTuple):
    """States x [B, C, H, W], the sea [B, 1, H, W], and the values that a process's mean is over."""

    x: Tensor
    ocean: Tensor
    values: float


class Coding:
    """An `Objective` of a `ColumnAutoencoder`.

    Args:
        checks: pairs of validation states.
        batch: states a step.
    """

    def __init__(self, pairs: Pairs, checks: Pairs, batch: int):
        self.pairs, self.checks, self.batch = pairs, checks, batch

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Drawn:
        """A share of one batch."""
        chosen = torch.randint(len(self.pairs), (self.batch,), generator=generator)
        x, ocean = states(self.pairs, chosen)
        values = float(ocean.sum()) * x.shape[1] / share.of
        return Drawn(share.part(x), share.part(ocean), values)

    def loss(self, network: nn.Module, drawn: Drawn) -> Tensor:
        """L of what was drawn."""
        error = (network(drawn.x).float() - drawn.x) * drawn.ocean
        return (error.abs() + error.square()).sum() / drawn.values

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The share of the variance of held-back states that the code loses."""
        device, lost, whole = next(network.parameters()).device, 0.0, 0.0
        for chosen in torch.arange(len(self.checks)).split(CHECKED):
            x, ocean = (part.to(device) for part in states(self.checks, chosen))
            lost += float(((network(x).float() - x) * ocean).square().sum())
            whole += float(x.square().sum())
        return {"variance_lost": lost / whole}


def code(
    coder: ColumnAutoencoder,
    pairs: Pairs,
    checks: Pairs,
    own: TrainingConfig,
    seed: int,
    checkpoints: Path,
    report: Report,
) -> list[tuple[int, Metrics]]:
    """Train an autoencoder, or go on from `checkpoints`, and freeze it; metrics by step.

    Raises:
        BadConfig: if its code is longer than a column.
    """
    if coder.latent > pairs.truth.shape[1]:
        raise BadConfig(
            f"a latent of {coder.latent} numbers for columns of {pairs.truth.shape[1]}",
            where="densify.model.autoencoder.latent",
            fix="give fewer",
        )
    columns = some_columns(pairs, torch.Generator().manual_seed(seed))
    coder.begin(columns)
    fitted = fit(coder, Coding(pairs, checks, own.batch), own, seed, checkpoints, report)
    coder.load_state_dict(fitted.ema)
    coder.requires_grad_(False)
    coder.measure(columns)
    return fitted.history


def states(pairs: Pairs, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """x [B, C, H, W], 0 on land, and the sea [B, 1, H, W] of pairs."""
    told = pairs.told
    ocean = told.ocean[chosen].float()
    x = (pairs.truth[chosen].float() - told.centre[chosen].float()) / told.scale[chosen].float()
    return x * ocean, ocean


def some_columns(pairs: Pairs, generator: torch.Generator) -> Tensor:
    """Columns [N, C] of x at random places in the sea of all pairs."""
    each = max(COLUMNS // len(pairs), 1)
    found = []
    for index in range(len(pairs)):
        x, ocean = states(pairs, torch.tensor([index]))
        inside = x[0][:, ocean[0, 0] > 0].T
        found.append(inside[torch.randint(len(inside), (each,), generator=generator)])
    return torch.cat(found)
