"""Seconds, bytes and the largest batch, from costs."""

import math
from dataclasses import replace

import pytest

from thermocline.errors import BadConfig
from thermocline.planning.calibrate import this_machine
from thermocline.planning.cost import Cost, training_cost
from thermocline.planning.devices import DEVICES, Device, Rates
from thermocline.planning.estimate import Line, seconds, training_memory
from thermocline.planning.named import device
from thermocline.planning.plan import USABLE, make_plan
from thermocline.planning.sizes import Size
from thermocline.planning.trace import Work
from thermocline.systems.workload import Evaluation, Shape, TrainedNetwork, Workload

SIMPLE = Device(
    name="simple",
    kind="cpu",
    rates=Rates(
        flops={kind: {"32-true": 10.0} for kind in ("convolution", "backward", "product")},
        bytes={"norm": 1.0, "move": 2.0, "pointwise": 4.0},
        large=8.0,
        call=0.5,
    ),
    peak={"32-true": 10.0},
    memory=2e6,
    link=1e6,
    source="made up",
    program=0,
)
COST = Cost(
    work={
        "convolution": Work(flops=100, bytes=4, calls=1),
        "product": Work(flops=10, bytes=8, calls=1),
        "norm": Work(bytes=3, large=16, calls=2),
    },
    parameters=11,
    learned=10,
    moments=20,
    weights=44,
    activations=100,
    peak=120,
)


def test_seconds_are_sums_of_what_limits_each_kind() -> None:
    # 100/10, then 8/4 rather than 10/10, then 3/1 and 16/8, and four calls.
    assert seconds(COST, SIMPLE, "32-true") == 10 + 2 + 3 + 2 + 4 * 0.5
    gpu = replace(SIMPLE, kind="cuda")
    assert seconds(COST, gpu, "32-true") == 10 + 2 + 3 + 2
    slow = replace(gpu, rates=replace(gpu.rates, call=100.0))
    assert seconds(COST, slow, "32-true") == 400


def test_memory_part_by_part() -> None:
    memory = training_memory(COST, SIMPLE)
    assert (memory.weights, memory.gradients, memory.moments, memory.average) == (44, 40, 80, 44)
    # Gradients and activations are never there together: 120 at most, not 140.
    assert memory.total == 44 + 80 + 44 + 120


@pytest.mark.parametrize("limit", [99.0, 100.0, 130.0, 135.0, 1e6])
def test_the_largest_batch_fits_and_one_more_does_not(limit: float) -> None:
    line = Line.through(2, 110.0, 4, 130.0)
    most = line.largest(limit)
    assert most == max(0, math.floor((limit - 90) / 10)) or limit < 100
    assert (line.at(most) <= limit or most == 0) and line.at(most + 1) > limit


def tiny(accumulate: int = 1) -> Size:
    from torch import nn

    def network():
        return nn.Sequential(nn.Conv2d(2, 16, 3, padding=1), nn.SiLU(), nn.Conv2d(16, 2, 3))

    def made(count):
        import torch

        return torch.ones(count, 2, 32, 32)

    trained = TrainedNetwork(
        name="tiny",
        network=network,
        loss=lambda net, count: net(made(count)).square().mean(),
        batch=4,
        steps=7200,
        precision="32-true",
        sample_bytes=8192,
        accumulate=accumulate,
    )
    answer = [
        Evaluation(name=name, network=network, call=lambda net, n: net(made(n)), **how)
        for name, how in {
            "each": {"times": 3, "tiles": 2},
            "one": {"times": 1, "members": False},
        }.items()
    ]
    work = Workload(shape=Shape(2, 32, 32), trained=(trained,), answer=tuple(answer), members=6)
    return Size(name="tiny", system="none", preset=None, workload=work)


FLOPS = 2 * 9 * 2 * 16 * (32**2 + 30**2)
"""Of the network, for one sample."""


def test_a_plan_of_a_tiny_network() -> None:
    found = make_plan(tiny(), SIMPLE)
    (training,) = found.trainings
    assert training.parameters == 2 * (2 * 16 * 9) + 16 + 2
    assert training.bytes_read == 4 * 8192
    assert training.hours == pytest.approx(2 * training.seconds)
    assert training.samples_per_second == pytest.approx(4 / training.seconds)
    # Twice as much backwards, but no gradient of what is given.
    assert training.flops == 4 * (3 * FLOPS - 2 * 9 * 2 * 16 * 32**2)
    # Members in blocks of four: two blocks, each three times in two tiles; and the mean.
    assert found.answer.flops == (2 * 3 * 2 * 4 + 1) * FLOPS
    assert found.answer.evaluations == {"each": FLOPS, "one": FLOPS}


def test_the_largest_batch_of_a_plan_fits_indeed() -> None:
    size = tiny()
    (training,) = make_plan(size, SIMPLE).trainings
    most, limit = training.largest_batch, USABLE * SIMPLE.memory
    bytes_of = lambda batch: (
        training_memory(training_cost(size.workload.trained[0], batch, "32-true"), SIMPLE).total
    )
    assert most > 4 and training.fits
    assert bytes_of(most) <= limit < bytes_of(most + 1)
    (much,) = make_plan(size, SIMPLE, batch=most + 1).trainings
    assert not much.fits and much.largest_batch == most


def test_devices_share_a_batch() -> None:
    alone = make_plan(tiny(), SIMPLE, batch=2).trainings[0]
    shared = make_plan(tiny(), SIMPLE, batch=4, devices=2).trainings[0]
    exchange = 4 * shared.parameters / SIMPLE.link
    assert shared.seconds == pytest.approx(alone.seconds + exchange)
    assert shared.memory == alone.memory and shared.flops == 2 * alone.flops
    with pytest.raises(BadConfig, match=r"5 does not divide into 2 .*multiple of 2"):
        make_plan(tiny(), SIMPLE, batch=5, devices=2)


def test_parts_of_a_batch_take_the_memory_of_one() -> None:
    one = make_plan(tiny(), SIMPLE, batch=2).trainings[0]
    parts = make_plan(tiny(accumulate=3), SIMPLE, batch=6).trainings[0]
    assert parts.memory == one.memory and parts.largest_batch == 3 * one.largest_batch
    assert parts.flops == 3 * one.flops and parts.seconds == pytest.approx(3 * one.seconds)
    with pytest.raises(BadConfig, match=r"4 does not divide into 3 .*multiple of 3"):
        make_plan(tiny(accumulate=3), SIMPLE, batch=4)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadConfig, match=r"no device 'h1000' → did you mean 'h100'.*this-machine"):
        device("h1000")
    with pytest.raises(BadConfig, match="nothing is known of bf16-mixed on v100"):
        make_plan(tiny(), device("V100"), precision="bf16-mixed")
    with pytest.raises(BadConfig, match="unknown precision 'half'"):
        make_plan(tiny(), SIMPLE, precision="half")


def test_auto_is_what_the_device_has() -> None:
    asked = lambda name: make_plan(tiny(), DEVICES[name], precision="auto").trainings[0].precision
    assert asked("h100") == "bf16-mixed" and asked("v100") == "32-true"


def test_half_precision_halves_activations() -> None:
    full, half = (
        make_plan(tiny(), DEVICES["a100"], precision=each).trainings[0].memory.activations
        for each in ("32-true", "bf16-mixed")
    )
    assert 0.4 * full < half < 0.75 * full


def test_this_machine_is_calibrated() -> None:
    found = this_machine(half=False)
    rates = [each["32-true"] for each in found.rates.flops.values()]
    assert all(1e8 < rate < 1e14 for rate in rates)
    assert all(1e8 < rate < 1e12 for rate in found.rates.bytes.values())
    assert 1e-7 < found.rates.call < 1e-3 and found.program > 1e8
