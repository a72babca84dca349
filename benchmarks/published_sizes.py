"""The published sizes, run: one training step and one step of a sampler, beside what `plan` says.

    python -m benchmarks.published_sizes [reconmost …] [--steps 3] [--json FILE] [--mlflow]

Each part of a preset runs in a process of its own, on one thread, in 32 bits, with the batch below.
Seconds are the processor's for that process (others may use it meanwhile), the least of some steps
after the first; the machine is calibrated before and after them, and the plan uses the mean of
both. Memory is the largest resident set. Values are made up; networks, losses, clipping, AdamW and
the average are the system's and the house's own. Each ratio of plan and measurement must be within
a factor of 1.5: the exit code says so. Names may be of systems, too: as params.yaml sets them.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

from benchmarks.kept import keep, where_kept
from benchmarks.stepping import stepping
from rich.console import Console
from rich.table import Table

from thermocline.systems.workload import TrainedNetwork

BATCH = {"reconmost": 1, "depthdif": 4, "uadm": 2, "finn": 2}
"""Samples a step that fit here; the published ones are larger."""
BOUND = 1.5


def main() -> None:
    """Run each, print the table; exit code 1 if a ratio is out of bounds."""
    from thermocline.planning.sizes import presets

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--steps", type=int, default=2, help="timed steps of each")
    where_kept(parser)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part is not None:
        print(json.dumps(run(given.names[0], given.part, given.steps)))
        return
    rows = []
    for name in given.names or presets():
        for part in range(len(parts_of(name))):
            command = [sys.executable, "-m", "benchmarks.published_sizes", name]
            options = ["--part", str(part), "--steps", str(given.steps)]
            done = subprocess.run([*command, *options], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr}")
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            shown = {k: rows[-1][k] for k in ("preset", "what", "time_ratio", "memory_ratio")}
            print(shown, file=sys.stderr, flush=True)
    show(rows)
    keep(rows, "published-sizes", given)
    ratios = [row[kind] for row in rows for kind in ("time_ratio", "memory_ratio")]
    sys.exit(not all(1 / BOUND <= ratio <= BOUND for ratio in ratios))


def show(rows: list[dict[str, Any]]) -> None:
    """Print them."""
    table = Table(title="Published sizes: planned / measured (one thread, fp32)")
    for column in ("preset", "what", "batch", "M parameters", "TFLOP", "s measured", "s planned"):
        table.add_column(column, justify="right" if column[0] in "bMTs" else "left")
    for column in ("ratio", "GB measured", "GB planned", "ratio "):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            row["preset"],
            row["what"],
            str(row["batch"]),
            f"{row['parameters'] / 1e6:.1f}",
            f"{row['flops'] / 1e12:.3f}",
            f"{row['seconds']:.2f}",
            f"{row['planned_seconds']:.2f}",
            f"{row['time_ratio']:.2f}",
            f"{row['bytes'] / 1e9:.2f}",
            f"{row['planned_bytes'] / 1e9:.2f}",
            f"{row['memory_ratio']:.2f}",
        )
    Console(width=140).print(table)


def parts_of(name: str) -> list[Any]:
    """What is measured: the parts of an answer, and the trainings."""
    from thermocline.planning.sizes import size

    workload = size(name).workload
    return [*workload.answer, *workload.trained]


def run(name: str, number: int, steps: int) -> dict[str, Any]:
    """Measure a part, then plan it: planning needs memory, too."""
    import torch

    from thermocline.planning import cost, estimate
    from thermocline.planning.calibrate import this_machine

    torch.set_num_threads(1)
    part = parts_of(name)[number]
    training = isinstance(part, TrainedNetwork)
    batch = BATCH.get(name, part.batch) if training else 1
    before = this_machine(time.process_time, half=False)
    seconds = trained(part, batch, steps) if training else sampled(part, steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    after = this_machine(time.process_time, half=False)
    if training:
        planned = cost.training_cost(part, batch, "32-true")
        memory = estimate.training_memory(planned, before).total
    else:
        planned = cost.answer_cost(part, batch)
        memory = estimate.answer_memory(planned, before)
    told = [estimate.seconds(planned, device, "32-true") for device in (before, after)]
    return {
        "preset": name,
        "what": f"{'training' if training else 'sampling'}: {part.name}",
        "batch": batch,
        "parameters": planned.parameters,
        "flops": planned.flops,
        "work": {kind: vars(work) for kind, work in planned.work.items()},
        "seconds": seconds,
        "planned_seconds": sum(told) / 2,
        "calibrations": told,
        "rates": [vars(device.rates) for device in (before, after)],
        "time_ratio": sum(told) / 2 / seconds,
        "bytes": peak,
        "planned_bytes": memory,
        "memory_ratio": memory / peak,
    }


def sampled(part: Any, steps: int) -> float:
    """Seconds of a part of an answer, for one member."""
    import torch

    from thermocline.planning.calibrate import best

    network = part.network().eval().requires_grad_(False)
    with torch.no_grad():
        return best(time.process_time, lambda: part.call(network, 1), steps)


def trained(each: Any, batch: int, steps: int) -> float:
    """Seconds of a training step, as `training.fit` takes it."""
    from thermocline.config import TrainingConfig
    from thermocline.planning.calibrate import best

    return best(time.process_time, stepping(each, TrainingConfig(batch=batch)), steps)


if __name__ == "__main__":
    main()
