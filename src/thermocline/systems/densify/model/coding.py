"""The loss of the autoencoder of columns, and its training.

    L = E o (|x̂ − x| + (x̂ − x)²),      x = (truth − a)/s

The mean is over all channels of the sea's cells (o); x is what the denoiser works on.
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
"""Columns for the principal components and the latent's statistics; at least one of each state."""
CHECK_BATCH = 8
"""Validation pairs in one evaluation."""


class AutoencoderBatch(NamedTuple):
    """States x [B, C, H, W], the sea [B, 1, H, W], and the number of values to divide by."""

    x: Tensor
    ocean: Tensor
    values: float


class Coding:
    """An `Objective` of a `ColumnAutoencoder`.

    Args:
        checks: pairs of validation states.
        batch: states a step.
        mirrored: whether half of them have the other sign (`mirror`).
    """

    def __init__(self, pairs: Pairs, checks: Pairs, batch: int, mirrored: bool = False):
        self.pairs, self.checks, self.batch, self.mirrored = pairs, checks, batch, mirrored

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> AutoencoderBatch:
        """A share of one batch."""
        chosen = torch.randint(len(self.pairs), (self.batch,), generator=generator)
        x, ocean = states(self.pairs, chosen)
        if self.mirrored:  # of columns by themselves the sign is all that changes
            x = x * (1 - 2.0 * (torch.rand(self.batch, 1, 1, 1, generator=generator) < 0.5))
        values = float(ocean.sum()) * x.shape[1] / share.of
        return AutoencoderBatch(share.part(x), share.part(ocean), values)

    def loss(self, network: nn.Module, batch: AutoencoderBatch) -> Tensor:
        """See `autoencoder_loss`."""
        return autoencoder_loss(network, batch)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The share of the variance of validation states that is lost by the code."""
        device, lost, whole = next(network.parameters()).device, 0.0, 0.0
        for chosen in torch.arange(len(self.checks)).split(CHECK_BATCH):
            x, ocean = (part.to(device) for part in states(self.checks, chosen))
            lost += float(((network(x).float() - x) * ocean).square().sum())
            whole += float(x.square().sum())
        return {"variance_lost": lost / whole}


def autoencoder_loss(network: nn.Module, batch: AutoencoderBatch) -> Tensor:
    """L of a batch."""
    error = (network(batch.x).float() - batch.x) * batch.ocean
    return (error.abs() + error.square()).sum() / batch.values


def code(
    coder: ColumnAutoencoder,
    pairs: Pairs,
    checks: Pairs,
    own: TrainingConfig,
    seed: int,
    checkpoints: Path,
    report: Report,
    mirrored: bool = False,
) -> list[tuple[int, Metrics]]:
    """Train an autoencoder, or resume from `checkpoints`, and freeze it; metrics by step.

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
    if mirrored:
        columns = torch.cat([columns, -columns])
    coder.begin(columns)
    objective = Coding(pairs, checks, own.batch, mirrored)
    fitted = fit(coder, objective, own, seed, checkpoints, report)
    coder.load_state_dict(fitted.ema)
    coder.requires_grad_(False)
    coder.measure(columns)
    return fitted.history


def states(pairs: Pairs, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """x [B, C, H, W], 0 on land, and the sea [B, 1, H, W] of pairs."""
    conditioning = pairs.conditioning
    ocean = conditioning.ocean[chosen].float()
    x = (
        pairs.truth[chosen].float() - conditioning.first_guess[chosen].float()
    ) / conditioning.scale[chosen].float()
    return x * ocean, ocean


def some_columns(pairs: Pairs, generator: torch.Generator) -> Tensor:
    """Columns [N, C] of x at random places in the sea of all pairs."""
    each = max(COLUMNS // len(pairs), 1)
    columns = []
    for index in range(len(pairs)):
        x, ocean = states(pairs, torch.tensor([index]))
        inside = x[0][:, ocean[0, 0] > 0].T
        columns.append(inside[torch.randint(len(inside), (each,), generator=generator)])
    return torch.cat(columns)
