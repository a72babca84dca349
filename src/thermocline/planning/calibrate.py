"""What this machine's processor does in a second: short runs of what networks are made of.

Each is timed as the best of some runs, forwards and backwards; its operations and bytes are counted
by the same `Trace` that plans count with, so that a rate and a plan mean the same thing.
"""

import os
import resource
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.planning.devices import THIS_MACHINE, Device, Rates
from thermocline.planning.trace import LARGE_ALLOCATION, Trace

Clock = Callable[[], float]
PRECISIONS = {"32-true": torch.float32, "bf16-mixed": torch.bfloat16}
REPEATS = 3


def this_machine(clock: Clock = time.perf_counter, half: bool = True) -> Device:
    """This machine's processor, as it is now, with PyTorch's present number of threads.

    Its `program` is what this process has needed so far.

    Args:
        clock: seconds; `time.process_time` where others use the processor and threads are 1.
        half: calibrate bf16, too.
    """
    flops: dict[str, dict[str, float]] = {}
    precisions = dict(list(PRECISIONS.items())[: 1 + half])
    for precision, kind in precisions.items():
        for name, rate in _convolutions(clock, kind).items():
            flops.setdefault(name, {})[precision] = rate
        flops.setdefault("product", {})[precision] = _product(clock, kind)
    rates = Rates(flops=flops, bytes=_bytes(clock), large=_large(clock), call=_call(clock))
    return Device(
        name=THIS_MACHINE,
        kind="cpu",
        rates=rates,
        peak={p: max(kind[p] for kind in flops.values()) for p in precisions},
        memory=_memory(),
        link=rates.bytes["move"],
        source=f"calibrated now, {torch.get_num_threads()} threads",
        program=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def best(clock: Clock, run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Seconds of the fastest of some runs, after one that is not timed."""
    run()
    found = []
    for _ in range(repeats):
        began = clock()
        run()
        found.append(clock() - began)
    return max(min(found), 1e-9)


def _convolutions(clock: Clock, kind: torch.dtype) -> dict[str, float]:
    """FLOP/s of convolutions at two depths of a UNet, forwards and backwards; and depthwise."""
    sizes = {"fine": (64, 96), "coarse": (256, 24)}
    found: dict[str, list[float]] = {"convolution": [], "backward": []}
    for channels, side in sizes.values():
        forward, backward = _both(clock, nn.Conv2d(channels, channels, 3, padding=1), side, kind)
        found["convolution"].append(forward)
        found["backward"].append(backward)
    rates = {name: len(each) / sum(1 / rate for rate in each) for name, each in found.items()}
    wide = _both(clock, nn.Conv2d(64, 64, 7, padding=3, groups=64), 96, kind)
    return rates | {"depthwise": 3 / (1 / wide[0] + 2 / wide[1])}


def _both(clock: Clock, layer: nn.Conv2d, side: int, kind: torch.dtype) -> tuple[float, float]:
    """FLOP/s forwards and backwards on one map."""
    layer = layer.to(kind).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.randn(1, layer.in_channels, side, side).to(kind).requires_grad_()
    flops = 2 * side**2 * layer.weight.numel()
    y = layer(x)
    upstream = torch.ones_like(y)
    inputs = (x, layer.weight)
    with torch.no_grad():
        forward = best(clock, lambda: layer(x))
    backward = best(clock, lambda: torch.autograd.grad(y, inputs, upstream, retain_graph=True))
    return flops / forward, 2 * flops / backward


def _product(clock: Clock, kind: torch.dtype) -> float:
    a = torch.randn(768, 768).to(kind)
    return 2 * 768**3 / best(clock, lambda: a @ a)


def _bytes(clock: Clock) -> dict[str, float]:
    """Bytes a second, forwards and backwards, of the other kinds of operations."""
    x = torch.randn(1, 64, 160, 160).contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    norm = nn.GroupNorm(8, x.shape[1])

    def moved(h: Tensor) -> Tensor:
        around = torch.cat([h[..., -1:], h, h[..., :1]], dim=-1)
        return torch.cat([F.pad(around, (0, 0, 1, 1), mode="replicate"), around], dim=2)

    runs: dict[str, Callable[[Tensor], Tensor]] = {
        "norm": norm,
        "move": moved,
        "pointwise": lambda h: F.silu(h * 1.5 + 0.5) + h,
    }
    return {kind: _rate(clock, kind, run, x) for kind, run in runs.items()}


def _rate(clock: Clock, kind: str, run: Callable[[Tensor], Tensor], x: Tensor) -> float:
    upstream = torch.ones_like(run(x))
    both = lambda: torch.autograd.grad(run(x), x, upstream)
    with Trace() as trace:
        both()
    return trace.of().bytes / best(clock, both)


def _large(clock: Clock) -> float:
    """Bytes a second that the system hands out, as tensors too large to be kept are filled."""
    old = torch.zeros(LARGE_ALLOCATION // 2)
    new = lambda: torch.empty(LARGE_ALLOCATION // 2).zero_()
    handed = best(clock, new) - best(clock, old.zero_)
    return 2 * LARGE_ALLOCATION / max(handed, 1e-6)


def _call(clock: Clock) -> float:
    """Seconds of an operation on next to nothing, half of them recorded for a backward pass."""
    x = torch.zeros(8, requires_grad=True)
    count = 200

    def run() -> Tensor:
        y = x
        for _ in range(count):
            y = y + 1
        y.sum().backward()
        return y

    return best(clock, run) / (2 * count)


def _memory() -> float:
    """Bytes of the machine's memory."""
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
