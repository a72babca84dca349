"""The batches that the loss of the denoiser (`loss`) is taken of, and how a training is judged.

A fraction of each batch has no noisy state: it teaches the mean and its deviation. Half of the loss
weights cells equally, half by s², as errors in degrees do; in latent space all channels weigh
alike. A step sees a square of each state, so that it can see more states, and, if the model learns
both, half of the states as their mirror images (`mirror`).

With the objective `ambient` the truth is observed columns, and errors count there (`ambient`).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.systems.densify.config.training import WaterTraining
from thermocline.systems.densify.model.ambient import enough, further_masked
from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.loss import (
    DenoisingBatch,
    MeanBatch,
    NoisyBatch,
    crps,
    denoising_loss,
)
from thermocline.systems.densify.model.mirror import some_mirrored
from thermocline.systems.densify.model.network import Prior
from thermocline.systems.densify.model.pairs import Pairs
from thermocline.training.noise_levels import noise_levels
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share

CHECK_BATCH = 8
"""Validation pairs in one evaluation."""
Square = tuple[slice, slice]
"""Rows and columns."""
EVERYWHERE: Square = slice(None), slice(None)
REACH = 5
"""Cells from land within which errors count more."""


class Denoising:
    """An `Objective` of a conditional denoiser.

    Args:
        checks: pairs of validation states.
        ratio: the smallest share of columns that is hidden from the network.
        own: batch, size of a square, and fraction of a batch that learns the mean.
    """

    def __init__(self, prior: Prior, pairs: Pairs, checks: Pairs, ratio: float, own: WaterTraining):
        self.prior, self.pairs, self.checks, self.own = prior, pairs, checks, own
        self.allowed, self.checked = pairs.within(ratio), torch.arange(len(checks))
        # Whether columns are hidden anew in each step; with OI they were when a pair was made.
        self.redrawn = own.objective == "ambient" and prior.start == "climatology"
        if own.objective == "ambient":
            keep, redrawn = own.ambient.keep, self.redrawn
            self.allowed = enough(_observed(pairs, redrawn), self.allowed, keep)
            self.checked = enough(_observed(checks, redrawn), self.checked, keep)

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> DenoisingBatch:
        """A share of one batch: its first states are for the mean, the others are noisy."""
        own = self.own
        chosen = self.allowed[torch.randint(len(self.allowed), (own.batch,), generator=generator)]
        oceans = self.pairs.conditioning.ocean
        square = square_of(tuple(oceans.shape[-2:]), own.crop, generator)
        x, counted, conditioning = self._batch(self.pairs, chosen, generator, square)
        if own.objective == "dense" and own.coast > 1:
            counted = counted * coastal(oceans[chosen].float(), own.coast)[..., *square]
        if self.prior.mirrored:
            half = torch.rand(own.batch, generator=generator) < 0.5
            x, counted, conditioning = some_mirrored(x, counted, conditioning, half)
        index = torch.arange(own.batch)
        mean, noisy = index[: own.mean_states], index[own.mean_states :]
        weights = [_weight(counted[part], conditioning.scale[part]) for part in (mean, noisy)]
        if self.prior.coder is not None:  # channels of a latent have equal weights
            weights[1] = counted[noisy] / counted[noisy].mean().clamp(min=1e-6)
        levels = noise_levels(self.prior.process, len(noisy), generator)
        noise = torch.randn((len(noisy), *self.prior.shape(conditioning)), generator=generator)
        mean, noisy = share.part(mean), share.part(noisy)
        return DenoisingBatch(
            MeanBatch(x[mean], share.part(weights[0]), conditioning.chosen(mean)),
            NoisyBatch(
                x[noisy],
                share.part(weights[1]),
                conditioning.chosen(noisy),
                *(share.part(part) for part in (*levels, noise)),
            ),
            own.batch / share.of,
        )

    def loss(self, network: nn.Module, batch: DenoisingBatch) -> Tensor:
        """See `denoising_loss`."""
        return denoising_loss(self.prior, network, batch, self.own.denoising_weight)

    def _batch(
        self, pairs: Pairs, chosen: Tensor, generator: torch.Generator, square: Square = EVERYWHERE
    ) -> tuple[Tensor, Tensor, Conditioning]:
        """x [B, C, H, W], 1 where its errors count, and conditioning, in a square of some pairs."""
        if self.redrawn:
            whole = pairs.conditioning.chosen(chosen).float()
            target, counted = (part[..., *square] for part in (whole.values, whole.observed))
            conditioning = further_masked(whole, self.own.ambient, generator).within(*square)
        else:
            conditioning = pairs.conditioning.within(*square).chosen(chosen).float()
            target, counted = pairs.truth[..., *square][chosen].float(), conditioning.ocean
            if self.own.objective == "ambient":  # the truth has hidden columns only
                counted, target = counted * target.isfinite(), target.nan_to_num()
        where = counted if self.own.objective == "ambient" else conditioning.ocean
        x = (target - conditioning.first_guess) / conditioning.scale * where
        return x, counted, conditioning

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """RMSE and CRPS of the mean relative to the start's, over held-back pairs."""
        device = next(network.parameters()).device
        sums, generator = torch.zeros(4, dtype=torch.float64), torch.Generator().manual_seed(0)
        for chosen in self.checked.split(CHECK_BATCH):
            parts_ = self._batch(self.checks, chosen, generator)
            x, counted = (part.to(device) for part in parts_[:2])
            conditioning = parts_[2].on(device)
            mean, log_std = self.prior.answer(conditioning, network)
            nothing = torch.zeros_like(x)
            parts = (
                ((mean - x) * conditioning.scale).square() * counted,
                (x * conditioning.scale).square() * counted,
                crps(x, mean, log_std.exp()) * conditioning.scale * counted,
                crps(x, nothing, nothing + 1) * conditioning.scale * counted,
            )
            sums += torch.stack([part.sum(dtype=torch.float64).cpu() for part in parts])
        return {
            "rmse_ratio": float((sums[0] / sums[1]).sqrt()),
            "crps_ratio": float(sums[2] / sums[3]),
        }


def square_of(shape: tuple[int, ...], size: int, generator: torch.Generator) -> Square:
    """Rows and columns of a square of at most `size` cells, at a random place."""
    starts = [
        int(torch.randint(max(side - size, 0) + 1, (), generator=generator)) for side in shape
    ]
    rows, columns = (slice(start, start + size) for start in starts)
    return rows, columns


def coastal(ocean: Tensor, most: float) -> Tensor:
    """Weights [B, 1, H, W]: `most` beside land, falling linearly to 1 at `REACH` cells."""
    land = 1 - ocean
    near = [F.max_pool2d(land, 2 * d + 1, stride=1, padding=d) for d in range(1, REACH + 1)]
    return 1 + (most - 1) * torch.stack(near).mean(dim=0)


def _observed(pairs: Pairs, given: bool) -> Tensor:
    """Columns [N, H, W] that were observed: all of them given to the network, or some only learned.

    Args:
        given: whether all are.
    """
    where = pairs.conditioning.where.amax(dim=1) > 0
    return where if given else where | pairs.truth.isfinite().any(dim=1)


def _weight(counted: Tensor, scale: Tensor) -> Tensor:
    """Weights [B, C, H, W]: half equal, half by s²; their mean over a batch is 1."""
    square = scale.square() * counted
    alike = counted / counted.mean().clamp(min=1e-6)
    return 0.5 * (alike + square / square.mean().clamp(min=1e-6))
