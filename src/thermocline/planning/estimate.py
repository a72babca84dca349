"""Seconds and bytes of a cost on a device.

    seconds = Σ max(FLOPs / rate, bytes / bandwidth)    convolutions and products of matrices
            + Σ bytes / bandwidth                       normalising, moving, the rest
            + bytes of large new tensors / rate         a processor's pages
            + calls · seconds a call

A GPU starts operations ahead, so that starting them is hidden behind work: there the last line is
a least value of the sum of the others.
"""

from dataclasses import dataclass

from thermocline.errors import BadConfig
from thermocline.planning.cost import Cost
from thermocline.planning.devices import Device


def seconds(cost: Cost, device: Device, precision: str) -> float:
    """Of a computation.

    Raises:
        BadConfig: for a precision that nothing is known of.
    """
    rates, work = device.rates, 0.0
    for kind, done in cost.work.items():
        if kind in rates.bytes:
            work += done.bytes / rates.bytes[kind]
        else:
            moved = done.bytes / max(rates.bytes.values())
            work += max(done.flops / rate(device, kind, precision), moved)
        work += done.large / rates.large
    calls = sum(done.calls for done in cost.work.values()) * rates.call
    return max(work, calls) if device.kind == "cuda" else work + calls


def rate(device: Device, kind: str, precision: str) -> float:
    """FLOP/s of a kind of operation."""
    known = device.rates.flops.get(kind, {})
    if precision not in known:
        raise BadConfig(
            f"nothing is known of {precision} on {device.name}",
            where="--precision",
            fix=f"there are {', '.join(known)}",
        )
    return known[precision]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes of a training on one device, part by part.

    Attributes:
        program: without any network.
        weights, gradients, moments, average: of the network, its gradients, what the optimiser
            keeps of them, and the average (EMA).
        activations: kept for the backward pass.
        working: besides those at the worst moment; negative where gradients and activations are
            never there together.
    """

    program: int
    weights: int
    gradients: int
    moments: int
    average: int
    activations: int
    working: int

    @property
    def total(self) -> int:
        """At the worst moment."""
        return sum(vars(self).values())


def training_memory(cost: Cost, device: Device) -> Memory:
    """Of one step."""
    gradients = 4 * cost.learned
    at_most = max(cost.peak, gradients)
    return Memory(
        program=int(device.program),
        weights=cost.weights,
        gradients=gradients,
        moments=4 * cost.moments,
        average=cost.weights,
        activations=cost.activations,
        working=at_most - gradients - cost.activations,
    )


def answer_memory(cost: Cost, device: Device) -> int:
    """Of a part of an answer."""
    return int(device.program) + cost.weights + cost.peak


@dataclass(frozen=True)
class Line:
    """A quantity that grows by the same with each sample: first + each · batch."""

    first: float
    each: float

    @classmethod
    def through(cls, batch: int, value: float, other: int, other_value: float) -> "Line":
        """By its values at two batches."""
        each = (other_value - value) / (other - batch)
        return cls(value - each * batch, each)

    def at(self, batch: int) -> float:
        """At a batch."""
        return self.first + self.each * batch

    def largest(self, limit: float) -> int:
        """The largest batch at which it is within a limit; 0 if there is none."""
        if self.at(1) > limit:
            return 0
        batch = int((limit - self.first) / self.each)
        # Rounding may miss by one.
        while self.at(batch) > limit:
            batch -= 1
        while self.at(batch + 1) <= limit:
            batch += 1
        return batch
