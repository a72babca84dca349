"""What the denoiser is trained for.

    L = E λ(σ) ‖D(x_t; σ, told) − x‖²,      x = (truth − a)/s,      x_t = α x + σ ε

A share of each batch has no noisy state at all (σ = ∞): there D = b is a regression on x, the
posterior mean, and the network also says how far from it x is: its log deviation ℓ is trained for
the CRPS of N(b, e^{2ℓ}), which does not move b. Half of the loss counts cells alike, half by s²: as
errors in degrees do. A step sees a square of each state, so that it can see more states.

In latent space z = E(x) is denoised, its channels alike, and the mean is judged as decoded.

The objective `ambient` has observed columns for a truth, and counts errors there (`ambient`).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.systems.densify.config import WaterTraining
from thermocline.systems.densify.model.ambient import enough, further_masked
from thermocline.systems.densify.model.network import Prior
from thermocline.systems.densify.model.pairs import Pairs
from thermocline.systems.densify.model.told import Told
from thermocline.training.noise_levels import noise_levels
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share

CHECKED = 8
"""Pairs that are checked at once."""
Square = tuple[slice, slice]
"""Rows and columns."""
EVERYWHERE: Square = slice(None), slice(None)
REACH = 5
"""Cells from land as far as which errors count more."""


class Blind(NamedTuple):
    """States that the mean is learned of: x and weights [B, C, H, W], and what is told of them."""

    x: Tensor
    weight: Tensor
    told: Told


class Noisy(NamedTuple):
    """States to be denoised: as `Blind`, with levels α, σ [B] and noise, of the shape of z."""

    x: Tensor
    weight: Tensor
    told: Told
    alpha: Tensor
    sigma: Tensor
    noise: Tensor


class Drawn(NamedTuple):
    """A batch; `states` is how many of them each process has."""

    blind: Blind
    noisy: Noisy
    states: float


class Denoising:
    """An `Objective` of a network that is told of problems.

    Args:
        checks: pairs of validation states.
        ratio: the least share of columns that is hidden from the network.
        own: batch, size of a square, and share of a batch that learns the mean.
    """

    def __init__(self, prior: Prior, pairs: Pairs, checks: Pairs, ratio: float, own: WaterTraining):
        self.prior, self.pairs, self.checks, self.own = prior, pairs, checks, own
        self.allowed, self.checked = pairs.within(ratio), torch.arange(len(checks))
        # Whether columns are hidden anew in each step; behind OI they were when a pair was made.
        self.redrawn = own.objective == "ambient" and prior.start == "climatology"
        if own.objective == "ambient":
            keep, redrawn = own.ambient.keep, self.redrawn
            self.allowed = enough(_observed(pairs, redrawn), self.allowed, keep)
            self.checked = enough(_observed(checks, redrawn), self.checked, keep)
        self.blind = own.blind_states

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Drawn:
        """A share of one batch: its first states are blind, the others noisy."""
        own = self.own
        chosen = self.allowed[torch.randint(len(self.allowed), (own.batch,), generator=generator)]
        oceans = self.pairs.told.ocean
        square = square_of(tuple(oceans.shape[-2:]), own.crop, generator)
        x, counted, told = self._batch(self.pairs, chosen, generator, square)
        if own.objective == "dense" and own.coast > 1:
            counted = counted * coastal(oceans[chosen].float(), own.coast)[..., *square]
        index = torch.arange(own.batch)
        blind, noisy = index[: self.blind], index[self.blind :]
        weights = [_weight(counted[part], told.scale[part]) for part in (blind, noisy)]
        if self.prior.coder is not None:  # whose channels count alike
            weights[1] = counted[noisy] / counted[noisy].mean().clamp(min=1e-6)
        levels = noise_levels(self.prior.process, len(noisy), generator)
        noise = torch.randn((len(noisy), *self.prior.shape(told)), generator=generator)
        blind, noisy = share.part(blind), share.part(noisy)
        return Drawn(
            Blind(x[blind], share.part(weights[0]), told.chosen(blind)),
            Noisy(
                x[noisy],
                share.part(weights[1]),
                told.chosen(noisy),
                *(share.part(part) for part in (*levels, noise)),
            ),
            own.batch / share.of,
        )

    def loss(self, network: nn.Module, drawn: Drawn) -> Tensor:
        """Errors of the mean and of its deviation, and of noisy states denoised."""
        total = torch.zeros((), device=drawn.blind.x.device)
        if len(drawn.blind.x):
            total = total + self._mean(network, *drawn.blind).sum()
        if len(drawn.noisy.x):
            total = total + self._noisy(network, *drawn.noisy).sum()
        return total / drawn.states

    def _batch(
        self, pairs: Pairs, chosen: Tensor, generator: torch.Generator, square: Square = EVERYWHERE
    ) -> tuple[Tensor, Tensor, Told]:
        """x [B, C, H, W], 1 where its errors count, and what is told, in a square of some pairs."""
        if self.redrawn:
            whole = pairs.told.chosen(chosen).float()
            target, counted = (part[..., *square] for part in (whole.values, whole.observed))
            told = further_masked(whole, self.own.ambient, generator).within(*square)
        else:
            told = pairs.told.within(*square).chosen(chosen).float()
            target, counted = pairs.truth[..., *square][chosen].float(), told.ocean
            if self.own.objective == "ambient":  # whose truth has hidden columns alone
                counted, target = counted * target.isfinite(), target.nan_to_num()
        known = counted if self.own.objective == "ambient" else told.ocean
        return (target - told.centre) / told.scale * known, counted, told

    def _mean(self, network: nn.Module, x: Tensor, weight: Tensor, told: Told) -> Tensor:
        """Of each state [B]: error of the mean, and CRPS of the deviation about it."""
        mean, log_std = self.prior.moments(told, network)
        score = crps(x, mean.detach(), log_std.exp())
        return ((mean - x).square() + score).mul(weight).mean(dim=(1, 2, 3))

    def _noisy(
        self,
        network: nn.Module,
        x: Tensor,
        weight: Tensor,
        told: Told,
        alpha: Tensor,
        sigma: Tensor,
        noise: Tensor,
    ) -> Tensor:
        """Of each state [B]: error of the denoised one, in the space of z."""
        process, levels = self.prior.process, (-1, 1, 1, 1)
        x = self.prior.encode(x)
        x_t = alpha.view(levels) * x + sigma.view(levels) * noise
        x_hat = self.prior.denoiser(told, network)(x_t, alpha, sigma).float()
        factor = self.prior.parameterisation().weight(sigma / alpha, process.weighting)
        return factor * (x_hat - x).square().mul(weight).mean(dim=(1, 2, 3))

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """RMSE and CRPS of the mean relative to the start's, over held-back pairs."""
        device = next(network.parameters()).device
        sums, generator = torch.zeros(4, dtype=torch.float64), torch.Generator().manual_seed(0)
        for chosen in self.checked.split(CHECKED):
            drawn = self._batch(self.checks, chosen, generator)
            x, counted, told = drawn[0].to(device), drawn[1].to(device), drawn[2].on(device)
            mean, log_std = self.prior.moments(told, network)
            nothing = torch.zeros_like(x)
            parts = (
                ((mean - x) * told.scale).square() * counted,
                (x * told.scale).square() * counted,
                crps(x, mean, log_std.exp()) * told.scale * counted,
                crps(x, nothing, nothing + 1) * told.scale * counted,
            )
            sums += torch.stack([part.sum(dtype=torch.float64).cpu() for part in parts])
        return {
            "rmse_ratio": float((sums[0] / sums[1]).sqrt()),
            "crps_ratio": float(sums[2] / sums[3]),
        }


def crps(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """CRPS of N(mean, std²) at x (Gneiting & Raftery, 2007, eq. 21)."""
    z = (x - mean) / std
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    below = torch.special.ndtr(z)
    return std * (z * (2 * below - 1) + 2 * density - 1 / math.sqrt(math.pi))


def square_of(shape: tuple[int, ...], size: int, generator: torch.Generator) -> Square:
    """Rows and columns of a square of at most `size` cells, at a random place."""
    starts = [
        int(torch.randint(max(side - size, 0) + 1, (), generator=generator)) for side in shape
    ]
    rows, columns = (slice(start, start + size) for start in starts)
    return rows, columns


def coastal(ocean: Tensor, most: float) -> Tensor:
    """Weights [B, 1, H, W]: `most` beside land, falling linearly to 1 beyond `REACH` cells."""
    land = 1 - ocean
    near = [F.max_pool2d(land, 2 * d + 1, stride=1, padding=d) for d in range(1, REACH + 1)]
    return 1 + (most - 1) * torch.stack(near).mean(dim=0)


def _observed(pairs: Pairs, all_told: bool) -> Tensor:
    """Columns [N, H, W] that were observed: all of them told, or some to be learned alone."""
    told = pairs.told.where.amax(dim=1) > 0
    return told if all_told else told | pairs.truth.isfinite().any(dim=1)


def _weight(counted: Tensor, scale: Tensor) -> Tensor:
    """Of each cell [B, C, H, W]: half alike, half by s²; its mean over a batch is 1."""
    square = scale.square() * counted
    alike = counted / counted.mean().clamp(min=1e-6)
    return 0.5 * (alike + square / square.mean().clamp(min=1e-6))
