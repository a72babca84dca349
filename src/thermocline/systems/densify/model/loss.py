"""The loss of the denoiser.

    L = E w λ(σ) ‖D(x_t; σ, c) − x‖²,      x = (truth − a)/s,      x_t = α x + σ ε

c is the conditioning. Some states have no noisy state (σ = ∞): there D = b is a regression on x,
the posterior mean, and w = 1. Of a noisy state most can be told from itself, of the mean a few per
cent: with w < 1 gradients of the former do not hide those of the latter. The network also predicts
the standard deviation of x about b: its logarithm ℓ is trained for the CRPS of N(b, e^{2ℓ}), whose
gradient does not reach b.

In latent space z = E(x) is denoised; the error of the mean is that of the decoded mean.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.systems.densify.model.conditioning import Conditioning
from thermocline.systems.densify.model.network import Prior


class MeanBatch(NamedTuple):
    """States without noise, to learn the mean: x and weights [B, C, H, W], and conditioning."""

    x: Tensor
    weight: Tensor
    conditioning: Conditioning


class NoisyBatch(NamedTuple):
    """States to be denoised: as `MeanBatch`, with levels α, σ [B] and noise of the shape of z."""

    x: Tensor
    weight: Tensor
    conditioning: Conditioning
    alpha: Tensor
    sigma: Tensor
    noise: Tensor


class DenoisingBatch(NamedTuple):
    """A batch; `states` is how many of them each process has."""

    mean: MeanBatch
    noisy: NoisyBatch
    states: float


def denoising_loss(
    prior: Prior, network: nn.Module, batch: DenoisingBatch, w: float = 1.0
) -> Tensor:
    """L of a batch: errors of the mean and of its deviation, and w times of denoised states."""
    total = torch.zeros((), device=batch.mean.x.device)
    if len(batch.mean.x):
        total = total + _mean_loss(prior, network, *batch.mean).sum()
    if len(batch.noisy.x):
        total = total + w * _noisy_loss(prior, network, *batch.noisy).sum()
    return total / batch.states


def _mean_loss(
    prior: Prior, network: nn.Module, x: Tensor, weight: Tensor, conditioning: Conditioning
) -> Tensor:
    """Of each state [B]: error of the mean, and CRPS of the deviation about it."""
    mean, log_std = prior.moments(conditioning, network)
    score = crps(x, mean.detach(), log_std.exp())
    return ((mean - x).square() + score).mul(weight).mean(dim=(1, 2, 3))


def _noisy_loss(
    prior: Prior,
    network: nn.Module,
    x: Tensor,
    weight: Tensor,
    conditioning: Conditioning,
    alpha: Tensor,
    sigma: Tensor,
    noise: Tensor,
) -> Tensor:
    """Of each state [B]: error of the denoised one, in the space of z."""
    process, levels = prior.process, (-1, 1, 1, 1)
    x = prior.encode(x)
    x_t = alpha.view(levels) * x + sigma.view(levels) * noise
    x_hat = prior.denoiser(conditioning, network)(x_t, alpha, sigma).float()
    factor = prior.parameterisation().weight(sigma / alpha, process.weighting)
    return factor * (x_hat - x).square().mul(weight).mean(dim=(1, 2, 3))


def crps(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """CRPS of N(mean, std²) at x (Gneiting & Raftery, 2007, eq. 21)."""
    z = (x - mean) / std
    density = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    below = torch.special.ndtr(z)
    return std * (z * (2 * below - 1) + 2 * density - 1 / math.sqrt(math.pi))
