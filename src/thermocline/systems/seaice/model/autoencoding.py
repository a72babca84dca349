"""What the autoencoder is trained for.

    L = −Σ log p(x | x̂(z), s) + β Σ KL(q(z|x) ‖ N(0, 1)),   z ~ q(z|x)

a sea cell, both sums over all channels. p is a censored Gaussian for bounded variables and a plain
one for drift, with a learned s for each variable; or a plain one for all (see `censored`).
"""

import torch
from torch import Tensor, nn

from thermocline.diffusion.censored import gaussian_log_likelihood, log_likelihood
from thermocline.networks.autoencoder import Autoencoder, kl_divergence
from thermocline.systems.seaice.model.scaling import Scaling
from thermocline.training.fit import Metrics
from thermocline.training.share import WHOLE, Share

CHECKED = 64
"""Validation states that a figure of merit is taken of."""


class Autoencoding:
    """An `Objective` of an `Autoencoder`.

    Args:
        states: scaled, [N, 5, H, W].
        held_back: likewise, of the validation years.
        scaling: bounds, and where the sea is.
        likelihood: `censored` or `gaussian`.
        beta: β.
        batch: states a step.
    """

    def __init__(
        self,
        states: Tensor,
        held_back: Tensor,
        scaling: Scaling,
        likelihood: str,
        beta: float,
        batch: int,
    ):
        self.states, self.scaling, self.batch = states, scaling, batch
        self.held_back = held_back[:: max(1, len(held_back) // CHECKED)][:CHECKED]
        self.censored, self.beta = likelihood == "censored", beta

    def loss(self, network: nn.Module, generator: torch.Generator, share: Share = WHOLE) -> Tensor:
        """Of a share of one batch."""
        chosen = torch.randint(len(self.states), (self.batch,), generator=generator)
        return self._loss(network, self.states[chosen], generator, share)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The loss, and the RMSE of thickness and concentration in deviations."""
        generator = torch.Generator().manual_seed(0)
        loss = self._loss(network, self.held_back, generator)
        assert isinstance(network, Autoencoder)
        device = next(network.parameters()).device
        decoded = network.decode(network.encode(self.held_back.to(device))[0]).cpu()
        error = (self.scaling.clipped(decoded) - self.held_back).square() * self.scaling.ocean
        rmse = (error.mean(dim=(0, 2, 3)) / self.scaling.ocean.mean()).sqrt()
        return {
            "autoencoder_loss": float(loss),
            "rmse_thickness": float(rmse[0]),
            "rmse_concentration": float(rmse[1]),
        }

    def _loss(
        self, network: nn.Module, x: Tensor, generator: torch.Generator, share: Share = WHOLE
    ) -> Tensor:
        assert isinstance(network, Autoencoder)
        device = next(network.parameters()).device
        shape = network.encode(x[:1].to(device))[0].shape[1:]
        noise = share.part(torch.randn((len(x), *shape), generator=generator)).to(device)
        x, scaling = share.part(x).to(device), self.scaling.to(device)
        decoded, mean, log_std = network(x, noise)
        log_s = network.log_scale[:, None, None].expand_as(x[0])
        if self.censored:
            log_p = log_likelihood(x, decoded.float(), log_s, scaling.lower, scaling.upper)
        else:
            log_p = gaussian_log_likelihood(x, decoded.float(), log_s)
        sea = scaling.ocean.sum() * len(x)
        divergence = kl_divergence(mean.float(), log_std.float()).sum()
        return (-(log_p * scaling.ocean).sum() + self.beta * divergence) / sea
