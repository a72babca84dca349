"""What a network is trained for, and what comes of it. Light: models that answer import it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from thermocline.training.share import WHOLE, Share

Metrics = dict[str, float]
Report = Callable[[int, Metrics], None]


class Objective(Protocol):
    """What a network is trained for.

    A step is in two parts, so that batches can be drawn ahead (`training.loader`) while the network
    is busy. What is drawn is a tuple of tensors, of tuples of them, and of numbers.
    """

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Any:
        """A share of one batch, on the processor; all randomness comes from `generator`.

        The whole batch is drawn whatever the share, and its losses' mean over shares is that of
        the whole (`training.share`).
        """
        ...

    def loss(self, network: nn.Module, drawn: Any) -> Tensor:
        """The loss of what `draw` gave, which is on the network's device by now."""
        ...

    def validate(self, network: nn.Module) -> Metrics:
        """Figures of merit on held-back data, the same data and noise at each call."""
        ...


@dataclass
class Fitted:
    """A trained network: raw and averaged (EMA) weights by name, and the metrics by step."""

    raw: dict[str, Tensor]
    ema: dict[str, Tensor]
    history: list[tuple[int, Metrics]] = field(default_factory=list)


def step_generator(seed: int, step: int) -> torch.Generator:
    """A random generator that depends on nothing but (seed, step)."""
    mixed = seed * 1_000_003 * 2_000_003 + step
    return torch.Generator().manual_seed(mixed % 2**63)
