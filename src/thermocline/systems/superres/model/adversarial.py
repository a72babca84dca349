"""A denoiser trained with a discriminator, cell by cell.

    L = L_pixel + w·λ·L_G + L_D,    hinge losses weighted by the uncertainty map

λ balances the gradients of L_pixel and L_G at the generator's last layer; w is 0 in the first
`warmup` steps. L_G has no gradient in the discriminator and L_D none in the generator, so that one
optimiser and one backward pass train both; the pair is one module, with checkpoints and averages
like any network. Only crops with a noisy state count: a mean has to be smooth.
"""

from typing import Any

import torch
from torch import Tensor, nn

from thermocline.errors import BadConfig
from thermocline.networks.adversarial import balance, hinge_discriminator, hinge_generator
from thermocline.networks.discriminator import Discriminator
from thermocline.systems.superres.config.model import AdversarialConfig
from thermocline.systems.superres.model.conditioning import EVEN, ODD
from thermocline.systems.superres.model.objective import Batch, DenoisingLoss
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share


class GanPair(nn.Module):
    """A network and its discriminator."""

    steps: Tensor

    def __init__(self, generator: nn.Module, config: AdversarialConfig, seed: int):
        super().__init__()
        self.generator = generator
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.discriminator = Discriminator(1, fields=EVEN + ODD, width=config.width)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """The generator's answer."""
        return self.generator(*args, **kwargs)


class Adversarial:
    """`DenoisingLoss` with a discriminator; an `Objective` of `GanPair`."""

    def __init__(self, denoising_loss: DenoisingLoss, config: AdversarialConfig):
        self.denoising_loss, self.config = denoising_loss, config

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Batch:
        """One batch.

        Raises:
            BadConfig: for a share of it: λ would differ between shares.
        """
        if share != WHOLE:
            raise BadConfig(
                "a network and its adversary are balanced over a whole batch",
                where="superres.model.adversarial.weight",
                fix="train with one process and training.accumulate 1, or set the weight to 0",
            )
        return self.denoising_loss.draw(generator)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """That of both networks."""
        assert isinstance(network, GanPair)
        z, conditions, noisy = batch.z, batch.conditions, ~batch.mean_only
        pixel, z_hat = self.denoising_loss.with_prediction(network.generator, batch)
        factor = self.config.weight if network.steps >= self.config.warmup else 0.0
        network.steps += 1
        if not noisy.any():
            return pixel
        made, true, fields = z_hat[noisy], z[noisy], conditions.fields[noisy]
        weight = (conditions.unit * conditions.ocean)[noisy]
        discriminator = network.discriminator
        total = pixel + hinge_discriminator(
            discriminator(true, fields), discriminator(made.detach(), fields), weight
        )
        if factor:
            discriminator.requires_grad_(False)
            adversarial = hinge_generator(discriminator(made, fields), weight)
            discriminator.requires_grad_(True)
            total = (
                total
                + factor * balance(pixel, adversarial, last_layer(network.generator)) * adversarial
            )
        return total

    def validate(self, network: nn.Module) -> Metrics:
        """As `DenoisingLoss` does."""
        assert isinstance(network, GanPair)
        return self.denoising_loss.validate(network.generator)


def last_layer(generator: nn.Module) -> Tensor:
    """The weights of a network's last layer."""
    end = getattr(generator, "head", None) or generator
    return next(end.leave.parameters())  # type: ignore[union-attr]


def generator_of(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The generator's part of the weights of `GanPair`; all of them without a discriminator."""
    prefix = "generator."
    part = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    return part or weights
