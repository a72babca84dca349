"""A denoiser that must also look true, cell by cell, to a network that learns to tell.

    L = L_pixel + w·λ·L_G + L_D,    hinge losses weighted by the uncertainty map

λ balances both pulls at the generator's last layer; w is 0 in the first `warmup` steps. L_G leaves
the discriminator alone and L_D leaves the generator alone, so that one optimiser and one backward
pass train both; the pair is one module, which checkpoints, averages and resumes like any network.
Only crops that were shown a noisy state are judged: a mean ought to be smooth.
"""

from typing import Any

import torch
from torch import Tensor, nn

from thermocline.errors import BadConfig
from thermocline.networks.adversarial import balance, hinge_discriminator, hinge_generator
from thermocline.networks.discriminator import Discriminator
from thermocline.systems.superres.config import AdversarialConfig
from thermocline.systems.superres.model.conditioning import EVEN, ODD
from thermocline.systems.superres.model.objective import DenoisingLoss, Drawn
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share


class GanPair(nn.Module):
    """A network and the discriminator it is trained against."""

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

    def __init__(self, restoring: DenoisingLoss, config: AdversarialConfig):
        self.restoring, self.config = restoring, config

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Drawn:
        """One batch.

        Raises:
            BadConfig: for a share of it: λ would be another in each.
        """
        if share != WHOLE:
            raise BadConfig(
                "a network and its adversary are balanced over a whole batch",
                where="superres.model.adversarial.weight",
                fix="train with one process and training.accumulate 1, or set the weight to 0",
            )
        return self.restoring.draw(generator)

    def loss(self, network: nn.Module, drawn: Drawn) -> Tensor:
        """That of both."""
        assert isinstance(network, GanPair)
        z, conditions, seen = drawn.z, drawn.conditions, ~drawn.blind
        pixel, z_hat = self.restoring.attempt(network.generator, drawn)
        pull = self.config.weight if network.steps >= self.config.warmup else 0.0
        network.steps += 1
        if not seen.any():
            return pixel
        made, true, fields = z_hat[seen], z[seen], conditions.fields[seen]
        weight = (conditions.unit * conditions.ocean)[seen]
        judge = network.discriminator
        total = pixel + hinge_discriminator(
            judge(true, fields), judge(made.detach(), fields), weight
        )
        if pull:
            judge.requires_grad_(False)
            opinion = hinge_generator(judge(made, fields), weight)
            judge.requires_grad_(True)
            total = total + pull * balance(pixel, opinion, last_layer(network.generator)) * opinion
        return total

    def validate(self, network: nn.Module) -> Metrics:
        """As `DenoisingLoss` does."""
        assert isinstance(network, GanPair)
        return self.restoring.validate(network.generator)


def last_layer(generator: nn.Module) -> Tensor:
    """The weights that a network's answer is last multiplied by."""
    end = getattr(generator, "head", None) or generator
    return next(end.leave.parameters())  # type: ignore[union-attr]


def generator_of(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The generator's part of the weights of `GanPair`; all of them, if there is no rival."""
    prefix = "generator."
    part = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    return part or weights
