"""What `thermocline plan` counts of a system: its networks, a training step, an answer.

A workload runs the system's own networks and denoisers on made-up values, of the right shapes and
on the network's device: real tensors where it is measured, fake ones where it is planned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor, nn

    from thermocline.config import TrainingConfig


class Shape(NamedTuple):
    """Of a state: channels (variables times levels), rows and columns."""

    channels: int
    rows: int
    columns: int


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A published size as settings of a section.

    Attributes:
        name: such as the published system's.
        source: where it was published.
        settings: changes of the system's section, by dotted names; the rest are its defaults.
        shape: of the published states, as the networks here take them.
        chosen: what the source leaves open, or was not found, and what was chosen.
        differs: differences between the published networks and these.
        parameters: as the source states them; None where it states none.
    """

    name: str
    source: str
    settings: Mapping[str, Any]
    shape: Shape
    chosen: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    parameters: int | None = None


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """One training of a system.

    Attributes:
        name: what is trained.
        network: makes it, untrained.
        loss: of it and a number of samples: the scalar that training makes small.
        batch, accumulate, steps, optimizer: of its settings.
        precision: as in the settings: 32-true, bf16-mixed or auto.
        sample_bytes: read from the prepared data for a sample.
    """

    name: str
    network: "Callable[[], nn.Module]"
    loss: "Callable[[Any, int], Tensor]"
    batch: int
    steps: int
    precision: str
    sample_bytes: int
    accumulate: int = 1
    optimizer: str = "adamw"

    @classmethod
    def of(cls, training: "TrainingConfig", **given: Any) -> "TrainedNetwork":
        """With batch, parts of it, steps, precision and optimiser of these settings."""
        names = ("batch", "accumulate", "steps", "precision", "optimizer")
        return cls(**{name: getattr(training, name) for name in names}, **given)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A part of an answer, such as one step of a sampler.

    Attributes:
        name: what is done.
        network: makes the network that does it.
        call: does it once, for a number of members at once.
        times: how often it is done, one after another.
        members: whether for every member; an answer's mean is made once.
        tiles: in how many parts of the grid.
    """

    name: str
    network: "Callable[[], nn.Module]"
    call: "Callable[[Any, int], Tensor]"
    times: int
    members: bool = True
    tiles: int = 1


def _block() -> Mapping[str, int]:
    from thermocline.systems.members import BLOCK

    return BLOCK


@dataclass(frozen=True, kw_only=True)
class Workload:
    """All trainings of a system, and what its answer to one problem is made of.

    Attributes:
        shape: of the states.
        trained: in the order of training.
        answer: one after another.
        members: of an answer, unless another number is asked for.
        block: members that are computed at once, by the device's kind.
    """

    shape: Shape
    trained: tuple[TrainedNetwork, ...]
    answer: tuple[Evaluation, ...]
    members: int
    block: Mapping[str, int] = field(default_factory=_block)


def evaluations(sampler: str, steps: int) -> int:
    """Evaluations of a denoiser in so many steps: Heun's method makes two in all but the last."""
    return 2 * steps - 1 if sampler == "heun" else steps
