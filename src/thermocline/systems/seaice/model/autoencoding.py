"""What the autoencoder is trained for.

    L = −Σ log p(x | x̂(z), s) + β Σ KL(q(z|x) ‖ N(0, 1)),   z ~ q(z|x)

a sea cell, both sums over all channels. p is a censored Gaussian for bounded variables and a plain
one for drift, with a learned s for each variable; or a plain one for all (see `censored`).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.diffusion.censored import gaussian_log_likelihood, log_likelihood
from thermocline.networks.autoencoder import Autoencoder, kl_divergence
from thermocline.systems.seaice.model.scaling import Scaling
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share

CHECKED = 64
"""Validation states that a figure of merit is taken of."""


class Batch(NamedTuple):
    """States x [B, 5, H, W], noise of their latents, and how many states the whole batch has."""

    x: Tensor
    noise: Tensor
    states: int


class Autoencoding:
    """An `Objective` of an `Autoencoder`.

    Args:
        states: scaled, [N, 5, H, W].
        held_back: likewise, of the validation years.
        scaling: bounds, and where the sea is.
        likelihood: `censored` or `gaussian`.
        beta: β.
        batch: states a step.
        latent: shape of a state's latent (see `Autoencoder.shape_of_latent`).
    """

    def __init__(
        self,
        states: Tensor,
        held_back: Tensor,
        scaling: Scaling,
        likelihood: str,
        beta: float,
        batch: int,
        latent: tuple[int, ...],
    ):
        self.states, self.scaling, self.batch, self.latent = states, scaling, batch, latent
        self.held_back = held_back[:: max(1, len(held_back) // CHECKED)][:CHECKED]
        self.censored, self.beta = likelihood == "censored", beta

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Batch:
        """A share of one batch."""
        chosen = torch.randint(len(self.states), (self.batch,), generator=generator)
        return self._batch(self.states[chosen], generator, share)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """L of a batch."""
        scaling = self.scaling.on(batch.x.device)
        return negative_bound(network, batch, scaling, self.censored, self.beta)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The loss, and the RMSE of thickness and concentration in deviations."""
        assert isinstance(network, Autoencoder)
        device = next(network.parameters()).device
        x, noise, states = self._batch(self.held_back, torch.Generator().manual_seed(0))
        loss = self.loss(network, Batch(x.to(device), noise.to(device), states))
        decoded = network.decode(network.encode(x.to(device))[0]).cpu()
        error = (self.scaling.clipped(decoded) - self.held_back).square() * self.scaling.ocean
        rmse = (error.mean(dim=(0, 2, 3)) / self.scaling.ocean.mean()).sqrt()
        return {
            "autoencoder_loss": float(loss),
            "rmse_thickness": float(rmse[0]),
            "rmse_concentration": float(rmse[1]),
        }

    def _batch(self, x: Tensor, generator: torch.Generator, share: Share = WHOLE) -> Batch:
        noise = torch.randn((len(x), *self.latent), generator=generator)
        return Batch(share.part(x), share.part(noise), len(x))


def negative_bound(
    network: nn.Module, batch: Batch, scaling: Scaling, censored: bool, beta: float
) -> Tensor:
    """L: the negative evidence lower bound with β, by sea cell and state.

    Args:
        network: an `Autoencoder`.
        scaling: on the batch's device.
        censored: whether p is a censored Gaussian.
    """
    assert isinstance(network, Autoencoder)
    x, noise, states = batch
    decoded, mean, log_std = network(x, noise)
    log_s = network.log_scale[:, None, None].expand_as(x[0])
    if censored:
        log_p = log_likelihood(x, decoded.float(), log_s, scaling.lower, scaling.upper)
    else:
        log_p = gaussian_log_likelihood(x, decoded.float(), log_s)
    divergence = kl_divergence(mean.float(), log_std.float()).sum()
    likelihood = (log_p * scaling.ocean).sum()
    return (-likelihood + beta * divergence) / (scaling.ocean.sum() * states)
