"""What one training step and one part of an answer cost: operations, bytes and memory.

Found by running a system's own workload on fake tensors, which have shapes and no values: nothing
is allocated, whatever the size.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from thermocline.planning.trace import Saved, Trace, Work
from thermocline.systems.workload import Evaluation, TrainedNetwork
from thermocline.training.muon import orthogonal, parted

WORDS = 26
"""Words (4 bytes) that are moved for each parameter after the backward pass: 3 by clipping, 20 by
AdamW, which PyTorch computes in ten passes, 3 by the average. Muon moves no more of a kernel."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a computation on a number of samples or members.

    Attributes:
        work: by kind, as `Trace` tells them apart.
        parameters: of the network.
        learned: those of them that are trained.
        weights: bytes of parameters and buffers.
        activations: bytes kept for the backward pass.
        peak: bytes at most besides weights; gradients are among them.
        moments: numbers that the optimiser keeps: AdamW two of each weight, Muon one of a kernel.
    """

    work: Mapping[str, Work]
    parameters: int
    learned: int
    moments: int
    weights: int
    activations: int
    peak: int

    @property
    def flops(self) -> int:
        """Floating-point operations."""
        return sum(each.flops for each in self.work.values())


def training_cost(trained: TrainedNetwork, batch: int, precision: str) -> Cost:
    """Of one step: forwards, backwards, clipping, the optimiser and the average.

    Args:
        batch: samples.
        precision: 32-true or bf16-mixed.
    """
    with FakeTensorMode(allow_non_fake_inputs=True):
        network = channels_last(trained.network()).train()
        saved = Saved(network.parameters())
        own = [each for each in network.parameters() if each.requires_grad]
        kernels = parted(own)[0] if trained.optimizer == "muon" else []
        with Trace() as trace:
            with autocast(precision):
                with saved:
                    loss = trained.loss(network, batch)
                loss.backward()
            for kernel in kernels:
                orthogonal(kernel.detach().flatten(1))
        count = sum(each.numel() for each in own)
        trace.work["pointwise"].bytes += 4 * WORDS * count
        trace.work["pointwise"].calls += WORDS // 2 * len(own)
        moments = 2 * count - sum(each.numel() for each in kernels)
        return _cost(trace, network, saved.bytes, moments)


def answer_cost(part: Evaluation, members: int) -> Cost:
    """Of doing a part of an answer once, for so many members."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        network = part.network().eval().requires_grad_(False)
        with Trace() as trace, torch.no_grad():
            part.call(network, members)
        return _cost(trace, network, 0, 0)


def channels_last(network: nn.Module) -> nn.Module:
    """The network with its convolutions' weights as training has them.

    `Module.to` does so where weights have values.
    """
    for module in network.modules():
        for name, weight in list(module.named_parameters(recurse=False)):
            if weight.ndim == 4:
                turned = weight.detach().contiguous(memory_format=torch.channels_last)
                setattr(module, name, nn.Parameter(turned, weight.requires_grad))
    return network


@contextmanager
def autocast(precision: str) -> Iterator[None]:
    """Lightning's mixed precision."""
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed"):
        yield


def _cost(trace: Trace, network: nn.Module, activations: int, moments: int) -> Cost:
    own, there = list(network.parameters()), [*network.parameters(), *network.buffers()]
    return Cost(
        work=dict(trace.work),
        parameters=sum(each.numel() for each in own),
        learned=sum(each.numel() for each in own if each.requires_grad),
        moments=moments,
        weights=sum(each.numel() * each.element_size() for each in there),
        activations=activations,
        peak=trace.peak,
    )
