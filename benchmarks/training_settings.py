"""What each setting of training is worth: the time of a step, beside that of a plain one.

    python -m benchmarks.training_settings [reconstruct …] [--repeats 5] [--json FILE] [--mlflow]

Of every network that params.yaml trains, on one thread of this processor: steps with the settings
below take turns, and of each the fastest turn counts, in seconds of the processor. Values are made
up; batches are those of params.yaml. Convolutions lie in channels-last order in all of them
(`training.fit`). torch.compile is no setting: of torch 2.13 it fails at these networks, whose
borders are repeated (replication_pad2d_backward on processors).
"""

import argparse
import time
from typing import Any

from benchmarks.kept import keep, where_kept
from benchmarks.published_sizes import parts_of
from benchmarks.stepping import stepping
from rich.console import Console
from rich.table import Table

from thermocline.systems import names
from thermocline.systems.workload import TrainedNetwork

SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "muon": {"optimizer": "muon"},
    "fused": {"fused": True},
    "bf16-mixed": {"precision": "bf16-mixed"},
}


def main() -> None:
    """Measure, and print the table."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("systems", nargs="*", default=[])
    parser.add_argument("--repeats", type=int, default=5, help="turns of each setting")
    where_kept(parser)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for system in given.systems or names():
        for part in parts_of(system):
            if isinstance(part, TrainedNetwork):
                rows.append({"network": f"{system}: {part.name}", **measured(part, given.repeats)})
                print(rows[-1], flush=True)
    show(rows)
    keep(rows, "training-settings", given)


def measured(part: TrainedNetwork, repeats: int) -> dict[str, float]:
    """Seconds of a plain step, and those of the others as shares of it."""
    from thermocline.config import TrainingConfig

    steps = {
        name: stepping(part, TrainingConfig(batch=part.batch, **changes))
        for name, changes in SETTINGS.items()
    }
    for step in steps.values():
        step()
    turns = [{name: timed(step) for name, step in steps.items()} for _ in range(repeats)]
    best = {name: min(turn[name] for turn in turns) for name in steps}
    ratios = {name: best[name] / best["plain"] for name in steps if name != "plain"}
    return {"plain_s": best["plain"], **ratios}


def timed(step: Any) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began


def show(rows: list[dict[str, Any]]) -> None:
    """Print them."""
    table = Table(title="A training step: seconds plain, and shares of that (one thread)")
    table.add_column("network")
    for name in list(rows[0])[1:]:
        table.add_column(name, justify="right")
    for row in rows:
        name, *figures = row.values()
        table.add_row(name, *(f"{figure:.3f}" for figure in figures))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
