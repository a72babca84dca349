"""A plan: what a size costs on devices, in training and in serving."""

from dataclasses import asdict, dataclass
from typing import Any

from thermocline.planning.estimate import Memory
from thermocline.systems.workload import Shape


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Of one network.

    Attributes:
        batch: of all devices together.
        flops: of a step, all devices together.
        seconds: a step.
        bytes_read: of prepared data, a step.
        memory: of each device.
        largest_batch: that fits each device, in the parts that `accumulate` says; 0 if none does.
    """

    name: str
    parameters: int
    precision: str
    batch: int
    flops: int
    seconds: float
    samples_per_second: float
    steps: int
    hours: float
    bytes_read: int
    memory: Memory
    largest_batch: int
    fits: bool


@dataclass(frozen=True, kw_only=True)
class AnswerPlan:
    """Of one answer on one device.

    Attributes:
        flops: of all that networks compute for it.
        seconds: likewise; classical analyses, reading and writing are not in it.
        memory: bytes.
        fits: whether they are there.
        evaluations: flops of one evaluation of each part, for one member.
    """

    members: int
    flops: int
    seconds: float
    memory: int
    fits: bool
    evaluations: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Of a size on a number of equal devices."""

    name: str
    system: str
    shape: Shape
    device: str
    devices: int
    rates: str
    trainings: tuple[TrainingPlan, ...]
    answer: AnswerPlan
    chosen: tuple[str, ...]
    differs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)
