"""What the denoiser is trained for.

    L = E λ(σ) ‖D(x_t; σ, told) − x‖²,      x = (truth − a)/s,      x_t = α x + σ ε

A share of each batch has no noisy state at all (σ = ∞): there D = E[x | told] is a regression, the
posterior mean. Half of the loss counts cells alike, half by s²: as errors in degrees do.
"""

import torch
from torch import Tensor, nn

from thermocline.config import ProcessConfig
from thermocline.diffusion.denoiser import NO_STATE
from thermocline.systems.densify.model.network import Prior, posterior_mean
from thermocline.systems.densify.model.pairs import Pairs
from thermocline.systems.densify.model.told import Told
from thermocline.training.fit import Metrics
from thermocline.training.noise_levels import noise_levels


class Denoising:
    """An `Objective` of a network that is told of problems.

    Args:
        checks: pairs of validation states.
        ratio: the least share of columns that is hidden from the network.
        blind: share of a batch that learns the mean.
    """

    def __init__(
        self, prior: Prior, pairs: Pairs, checks: Pairs, ratio: float, batch: int, blind: float
    ):
        self.prior, self.pairs, self.checks = prior, pairs, checks
        self.within = pairs.within(ratio)
        self.batch = batch
        # Spread over the batch, whose noise levels are in order.
        turn = (torch.arange(batch + 1, dtype=torch.float64) * blind).floor()
        self.blind = turn[1:] > turn[:-1]

    def loss(self, network: nn.Module, generator: torch.Generator) -> Tensor:
        """Of one batch."""
        device = next(network.parameters()).device
        drawn = torch.randint(len(self.within), (self.batch,), generator=generator)
        chosen = self.within[drawn]
        x, told = _scaled(self.pairs, chosen, device)
        process: ProcessConfig = self.prior.process
        alpha, sigma = noise_levels(process, self.batch, generator)
        noise = torch.randn(x.shape, generator=generator)
        blind = self.blind
        alpha = torch.where(blind, torch.ones_like(alpha), alpha).to(device)
        sigma = torch.where(blind, torch.full_like(sigma, NO_STATE), sigma).to(device)
        levels = (-1, 1, 1, 1)
        x_t = alpha.view(levels) * x + sigma.view(levels) * noise.to(device)
        x_t = torch.where(blind.to(device).view(levels), 0, x_t)
        x_hat = self.prior.denoiser(told, network)(x_t, alpha, sigma).float()
        method = self.prior.parameterisation(nn.Identity())
        factor = method.weight(sigma / alpha, process.weighting)
        error = (x_hat - x).square() * _weight(told)
        return (factor * error.mean(dim=(1, 2, 3))).mean()

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """RMSE of the mean relative to the start's, over held-back pairs."""
        device = next(network.parameters()).device
        error = left = 0.0
        for chosen in torch.arange(len(self.checks)).split(self.batch):
            x, told = _scaled(self.checks, chosen, device)
            guess = posterior_mean(self.prior.denoiser(told, network), told)
            error += float(((guess - x) * told.scale).square().sum())
            left += float((x * told.scale).square().sum())
        return {"rmse_ratio": (error / left) ** 0.5}


def _scaled(pairs: Pairs, chosen: Tensor, device: torch.device) -> tuple[Tensor, Told]:
    """x [B, C, H, W] and what is told of some pairs."""
    told = pairs.told.chosen(chosen).on(device)
    truth = pairs.truth[chosen].to(device).float()
    return (truth - told.centre) / told.scale * told.ocean, told


def _weight(told: Told) -> Tensor:
    """Of each cell [B, C, H, W]: half alike, half by s²; its mean over a batch's sea is 1."""
    sea, square = told.ocean, told.scale.square() * told.ocean
    every = sea.mean()
    return 0.5 * (sea / every + square / square.mean(dim=(1, 2, 3), keepdim=True))
