"""Devices as data: what vendors state of them, and what of that a training is expected to get.

Peaks are those of dense matrices in 16-bit and in 32-bit floating point (TF32 where the device has
it, which PyTorch uses for convolutions), without sparsity, of the vendors' public data sheets:

    H100, H200   NVIDIA H100 and H200 Tensor Core GPU data sheets, SXM
    A100         NVIDIA A100 80GB Tensor Core GPU data sheet, SXM
    L4           NVIDIA L4 Tensor Core GPU data sheet
    V100         NVIDIA V100 Tensor Core GPU data sheet, SXM2 32GB; it has neither bf16 nor TF32

A share of the peak is never reached. Those below are assumptions, not measured here; pass a smaller
or a larger one where you know better.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

ATTAINED = 0.35
"""Share of the peak that convolutions and matrix products of a full device are assumed to reach."""
ATTAINED_BANDWIDTH = 0.7
"""Share of the memory's bandwidth."""
ATTAINED_LINK = 0.7
LAUNCH = 6e-6
"""Seconds that PyTorch takes to start an operation; small networks wait for nothing else."""

THIS_MACHINE = "this-machine"


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What a device does in a second.

    Attributes:
        flops: of "convolution", "backward" (of one), "depthwise" and "product"; by precision.
        bytes: of "norm", "move" and "pointwise".
        large: bytes of new memory that the system hands out.
        call: seconds an operation takes at least.
    """

    flops: Mapping[str, Mapping[str, float]]
    bytes: Mapping[str, float]
    large: float
    call: float


@dataclass(frozen=True, kw_only=True)
class Device:
    """One of the table, or a calibrated one.

    Attributes:
        kind: "cuda" or "cpu".
        rates: attained, or assumed to be.
        peak: FLOP/s by precision; those of `rates` where nothing is stated.
        memory: bytes.
        link: bytes a second to and from another device of the node.
        source: of all that.
        program: bytes that the program takes without any network.
    """

    name: str
    kind: str
    rates: Rates
    peak: Mapping[str, float]
    memory: float
    link: float
    source: str
    program: float = 0.5e9


def _gpu(
    name: str,
    half: float,
    single: float,
    vector: float,
    memory: float,
    bandwidth: float,
    link: float,
) -> Device:
    """A GPU by its data sheet.

    Args:
        half, single, vector: TFLOP/s of matrices at 16 bits (0 for none), of convolutions at 32
            bits, and of vectors.
        memory, bandwidth, link: GB, GB/s, and GB/s to another GPU.
    """
    peak = {"bf16-mixed": half * 1e12, "32-true": single * 1e12}
    if not half:
        del peak["bf16-mixed"]
    attained = {precision: ATTAINED * rate for precision, rate in peak.items()}
    slow = ATTAINED * vector * 1e12
    kinds = {
        "convolution": attained,
        "backward": attained,
        # PyTorch does not use TF32 for products of matrices unless it is told to.
        "product": attained | {"32-true": slow},
        "depthwise": dict.fromkeys(peak, slow),
    }
    moved = dict.fromkeys(("norm", "move", "pointwise"), ATTAINED_BANDWIDTH * bandwidth * 1e9)
    # PyTorch keeps a GPU's memory: new pages cost nothing.
    rates = Rates(flops=kinds, bytes=moved, large=math.inf, call=LAUNCH)
    return Device(
        name=name,
        kind="cuda",
        rates=rates,
        peak=peak,
        memory=memory * 1e9,
        link=ATTAINED_LINK * link * 1e9,
        source=f"data sheet; {ATTAINED:.0%} of the peak and {ATTAINED_BANDWIDTH:.0%} of the "
        "bandwidth are assumed",
    )


DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        _gpu("h200", 989, 494, 67, 141, 4800, 450),
        _gpu("h100", 989, 494, 67, 80, 3350, 450),
        _gpu("a100", 312, 156, 19.5, 80, 2039, 300),
        _gpu("l4", 121, 60, 30.3, 24, 300, 32),
        _gpu("v100", 0, 15.7, 15.7, 32, 900, 150),
    )
}
