"""From a size and a device to a plan."""

from thermocline.errors import BadConfig
from thermocline.planning.cost import Cost, answer_cost, training_cost
from thermocline.planning.devices import Device
from thermocline.planning.estimate import (
    Line,
    answer_memory,
    seconds,
    training_memory,
)
from thermocline.planning.report import AnswerPlan, Plan, TrainingPlan
from thermocline.planning.sizes import Size
from thermocline.systems.workload import Evaluation, TrainedNetwork
from thermocline.training.share import check_divisible

USABLE = 0.9
"""Share of a device's memory that is counted on: allocators leave gaps."""
TRIES = 8
"""How often the line of memory by batch is drawn anew."""
ANSWERS = "32-true"
"""Models answer in single precision."""


def make_plan(
    size: Size,
    device: Device,
    *,
    devices: int = 1,
    batch: int | None = None,
    precision: str | None = None,
    members: int | None = None,
) -> Plan:
    """What a size costs.

    Args:
        devices: that share each batch.
        batch: of all devices together, instead of the settings'.
        precision: 32-true, bf16-mixed or auto, instead of the settings'.
        members: of an answer, instead of the settings'.

    Raises:
        BadConfig: for a batch that the devices cannot share equally, a precision that the device
            does not have, or a grid that the network does not take.
    """
    workload = size.workload
    try:
        trainings = tuple(
            _training(each, device, devices, batch or each.batch, precision or each.precision)
            for each in workload.trained
        )
        block = workload.block[device.kind]
        answer = _answer(workload.answer, device, members or workload.members, block)
    except (ValueError, RuntimeError) as problem:
        if isinstance(problem, BadConfig):
            raise
        raise BadConfig(
            str(problem).splitlines()[0], where="plan", fix="plan another grid or other settings"
        ) from problem
    return Plan(
        name=size.name,
        system=size.system,
        shape=workload.shape,
        device=device.name,
        devices=devices,
        rates=device.source,
        trainings=trainings,
        answer=answer,
        chosen=size.preset.chosen if size.preset else (),
        differs=size.preset.differs if size.preset else (),
    )


def _training(
    each: TrainedNetwork, device: Device, devices: int, batch: int, wanted: str
) -> TrainingPlan:
    check_divisible(batch, devices, each.accumulate)
    parts = devices * each.accumulate
    share, precision = batch // parts, _precision(wanted, device)
    cost = training_cost(each, share, precision)
    step = each.accumulate * seconds(cost, device, precision) + _exchange(cost, device, devices)
    memory = training_memory(cost, device)
    limit = USABLE * device.memory
    largest = largest_batch(each, share, precision, device, memory.total, limit)
    return TrainingPlan(
        name=each.name,
        parameters=cost.parameters,
        precision=precision,
        batch=batch,
        flops=parts * cost.flops,
        seconds=step,
        samples_per_second=batch / step,
        steps=each.steps,
        hours=each.steps * step / 3600,
        bytes_read=batch * each.sample_bytes,
        memory=memory,
        largest_batch=each.accumulate * largest,
        fits=memory.total <= limit,
    )


def largest_batch(
    each: TrainedNetwork, batch: int, precision: str, device: Device, total: int, limit: float
) -> int:
    """The largest batch within a limit of bytes; 0 if there is none.

    What takes most memory may be another thing in a small batch than in a large one. So the line is
    drawn anew near the batch that it leads to, until that lies between the two it is drawn through.
    """
    for _ in range(TRIES):
        found = memory_line(each, batch, precision, device, total).largest(limit)
        if found <= 2 * batch:
            break
        batch = (found + 1) // 2
        total = training_memory(training_cost(each, batch, precision), device).total
    return found


def memory_line(
    each: TrainedNetwork, batch: int, precision: str, device: Device, total: int
) -> Line:
    """Bytes of a training by its batch, through `total` at `batch` and through twice the batch."""
    twice = training_memory(training_cost(each, 2 * batch, precision), device).total
    return Line.through(batch, total, 2 * batch, twice)


def _precision(wanted: str, device: Device) -> str:
    if wanted not in ("auto", "32-true", "bf16-mixed"):
        raise BadConfig(
            f"unknown precision {wanted!r}",
            where="--precision",
            fix="use auto, 32-true or bf16-mixed",
        )
    if wanted == "auto" and device.kind == "cpu":
        from thermocline.training.hardware import precision_of

        return str(precision_of("auto", "cpu"))
    if wanted == "auto":
        return "bf16-mixed" if "bf16-mixed" in device.peak else "32-true"
    return wanted


def _exchange(cost: Cost, device: Device, devices: int) -> float:
    """Seconds in which gradients are summed over devices, as a ring, after the backward pass."""
    return 2 * (devices - 1) / devices * 4 * cost.learned / device.link


def _answer(parts: tuple[Evaluation, ...], device: Device, members: int, most: int) -> AnswerPlan:
    block = min(members, most)
    flops, time, memory, single = 0, 0.0, 0, {}
    for part in parts:
        at_once, blocks = (block, -(-members // block)) if part.members else (1, 1)
        cost, count = answer_cost(part, at_once), blocks * part.times * part.tiles
        flops += count * cost.flops
        time += count * seconds(cost, device, ANSWERS)
        memory = max(memory, answer_memory(cost, device))
        single[part.name] = cost.flops // at_once
    return AnswerPlan(
        members=members,
        flops=flops,
        seconds=time,
        memory=memory,
        fits=memory <= USABLE * device.memory,
        evaluations=single,
    )
