"""What is counted, against counts by hand and against tensors that are there."""

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from thermocline.networks.unet import UNet
from thermocline.planning.trace import Saved, Trace


class Tiny(nn.Module):
    """A dense convolution, a depthwise one, and a product of matrices."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Conv2d(3, 8, 3, padding=1)
        self.wide = nn.Conv2d(8, 8, 5, padding=2, groups=8)
        self.last = nn.Linear(8 * 6 * 10, 7)

    def forward(self, x):
        return self.last(F.silu(self.wide(self.dense(x))).flatten(1))


BATCH, CELLS = 2, 6 * 10
DENSE = 2 * BATCH * CELLS * 8 * 3 * 9
WIDE = 2 * BATCH * CELLS * 8 * 25
LAST = 2 * BATCH * 8 * CELLS * 7


def traced(fake: bool) -> tuple[Trace, Trace]:
    def both():
        network = Tiny()
        x = torch.ones(BATCH, 3, 6, 10, requires_grad=True)
        with Trace() as forward:
            y = network(x)
        with Trace() as backward:
            y.sum().backward()
        return forward, backward

    if not fake:
        return both()
    with FakeTensorMode():
        return both()


@pytest.mark.parametrize("fake", [True, False])
def test_operations_are_those_counted_by_hand(fake: bool) -> None:
    forward, backward = traced(fake)
    found = {kind: work.flops for kind, work in forward.work.items() if work.flops}
    assert found == {"convolution": DENSE, "depthwise": WIDE, "product": LAST}
    # Gradients of the input and of the weights: twice as much.
    found = {kind: work.flops for kind, work in backward.work.items() if work.flops}
    assert found == {"backward": 2 * DENSE, "depthwise": 2 * WIDE, "product": 2 * LAST}


def test_a_gradient_that_is_not_wanted_is_not_counted() -> None:
    layer, x = nn.Conv2d(3, 8, 3, padding=1), torch.ones(1, 3, 6, 10)
    with Trace() as trace:
        layer(x).sum().backward()
    assert trace.work["backward"].flops == DENSE // BATCH


def test_bytes_are_those_read_and_written() -> None:
    x = torch.zeros(1000)
    with Trace() as trace:
        y = x + x.expand(3, 1000)  # 4 kB twice, 12 kB written; looking in another way is free
        y.view(-1)
    assert trace.work["pointwise"].bytes == 4 * 1000 * (1 + 1 + 3)
    assert trace.work["pointwise"].calls == 1 and trace.live == trace.peak == 12_000
    del y
    assert trace.live == 0


def unet() -> UNet:
    return UNet(3, fields=2, context=2, width=8, multipliers=(1, 2), patch=1, embedding=16)


def step(network: UNet) -> tuple[int, int, int]:
    """Bytes that are kept, that live after the forward pass, and at most."""
    parts = torch.ones(2, 3, 8, 16), torch.ones(2), torch.ones(2, 2, 8, 16), torch.ones(2, 2)
    with Trace() as trace:
        saved = Saved([*network.parameters(), *parts])
        with saved:
            loss = network(*parts).square().mean()
        live = trace.live
        loss.backward()
    return saved.bytes, live, trace.peak


def test_memory_of_fake_tensors_is_that_of_real_ones() -> None:
    real = step(unet())
    with FakeTensorMode():
        fake = step(unet())
    assert fake == real
    kept, live, peak = real
    assert 0 < kept <= live < peak


def test_what_is_kept_is_freed_by_the_backward_pass() -> None:
    """`Saved` counts each storage once, and keeps none alive itself."""
    x = torch.ones(1000, requires_grad=True)
    saved = Saved([x])
    with Trace() as trace, saved:
        y = x.exp()  # keeps its own answer
        z = y.square() + y.square()  # keeps the same answer twice more
        total = z.sum()
    assert saved.bytes == 4000
    total.backward()
    del y, z
    assert trace.live <= 4000 + 8  # the gradient of x, and the sum
