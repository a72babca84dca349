"""Drawing batches against computing on them, and from more states than memory holds.

    python -m benchmarks.loader [--steps 12] [--gigabytes 6] [--scratch build/loader]

Run `make demo` first. The first table: for each network that the demo trains, seconds a step takes
to draw its batch and to compute on it, one thread each, and how many batches one process draws
while the network takes one. The second: batches of the prior of `reconstruct` from states that are
mapped from a file, in a process whose own memory (RLIMIT_DATA) is a fifth of it; the file's pages
are taken out of memory first.
"""

import argparse
import itertools
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table

from thermocline import systems
from thermocline.config import Config
from thermocline.systems.config import load_config
from thermocline.training import module as training
from thermocline.training.loader import WORKERS, batches
from thermocline.training.share import WHOLE
from thermocline.tuning.overrides import override

SHAPE = 12, 64, 128
"""Of a state: the demo's levels, rows and columns."""
BATCH = 8


class Watch:
    """Batches as ever; what drawing and computing take, for each objective."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[list[float], list[float]]] = {}

    def __call__(self, objective: Any, *args: Any) -> Iterator[Any]:
        module = type(objective).__module__.removeprefix("thermocline.systems.")
        drawing, computing = self.seconds.setdefault(
            f"{module.partition('.')[0]}: {type(objective).__name__}", ([], [])
        )
        found = batches(objective, *args)
        while True:
            began = time.perf_counter()
            batch = next(found)
            drawing.append(time.perf_counter() - began)
            began = time.perf_counter()
            yield batch
            computing.append(time.perf_counter() - began)


def shortened(config: Config, name: str, steps: int) -> Config:
    """`config` with so many steps for each of a system's networks."""
    section = config.section(name).training.model_dump()
    inner = [key for key, value in section.items() if isinstance(value, dict) and "steps" in value]
    places = [f"{name}.training", *(f"{name}.training.{key}" for key in inner)]
    return override(config, {f"{place}.steps": steps for place in places})


def networks(steps: int) -> Table:
    """The first table."""
    watch = Watch()
    for name in systems.names():
        config = shortened(load_config(), name, steps)
        with tempfile.TemporaryDirectory() as folder, patch.object(training, "batches", watch):
            systems.get(name).training(config).run(Path(folder), lambda step, metrics: None)
    table = Table(title="Seconds a step, and batches drawn by one process while one is trained on")
    for heading in ("Network", "Draw", "Compute", "Ratio"):
        table.add_column(heading)
    for name, (drawing, computing) in watch.seconds.items():
        draw, compute = median(drawing[2:]), median(computing[2:])
        table.add_row(name, f"{draw:.4f}", f"{compute:.4f}", f"{compute / draw:.1f}")
    return table


def drawn_from(path: Path, memory: int, workers: int, count: int, out: Any) -> None:
    """In a process of its own: seconds a batch, and most of its own memory, in bytes."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    os.environ[WORKERS] = str(workers)
    from thermocline.ocean.latlon import LatLonGrid
    from thermocline.systems.reconstruct.config import settings
    from thermocline.systems.reconstruct.model.denoising import Denoising
    from thermocline.systems.reconstruct.model.prior import Prior, build_network

    model = settings(load_config()).model
    masking = model.masking.model_copy(update={"analysis": False})
    network = build_network(model.network, masking, SHAPE[0], 0)
    prior = Prior(network, model.process, LatLonGrid.regular(*SHAPE[1:]), masking)
    states = np.load(path, mmap_mode="r")
    ocean = np.ones(SHAPE, bool)
    months = np.arange(len(states)) % 12 + 1
    held_back = np.array(states[:2]), months[:2]
    objective = Denoising(prior, states, months, ocean, held_back, BATCH)
    found = batches(objective, 0, WHOLE, 0)
    sums = [float(drawn.x.sum()) for _, drawn in itertools.islice(found, 4)]
    began = time.perf_counter()
    sums += [float(drawn.x.sum()) for _, drawn in itertools.islice(found, count)]
    seconds = (time.perf_counter() - began) / count
    lines = Path("/proc/self/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
    out.put((seconds, own * 1024, sum(sums)))


def larger_than_memory(folder: Path, gigabytes: float, count: int) -> Table:
    """The second table."""
    rows = int(gigabytes * 1e9 / (4 * np.prod(SHAPE)))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"states-{rows}.npy"
    if not path.is_file():
        made = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, *SHAPE))
        for row in range(rows):
            made[row] = np.random.default_rng(row).standard_normal(SHAPE, np.float32)
        made.flush()
        del made
    memory = int(path.stat().st_size / 5)
    table = Table(
        title=f"{path.stat().st_size / 1e9:.1f} GB of states, {memory / 1e9:.1f} GB of memory"
    )
    for heading in ("Workers", "Seconds a batch", "Batches/s", "Own memory, MB", "Sum of all"):
        table.add_column(heading)
    context = get_context("spawn")
    for workers in (0, 2, 4):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        out = context.Queue()
        process = context.Process(target=drawn_from, args=(path, memory, workers, count, out))
        process.start()
        process.join(timeout=600)
        if process.exitcode != 0:
            raise SystemExit(f"drawing with {workers} workers ended with {process.exitcode}")
        seconds, own, total = out.get()
        table.add_row(
            str(workers), f"{seconds:.4f}", f"{1 / seconds:.1f}", f"{own / 1e6:.0f}", f"{total:.6f}"
        )
    path.unlink()
    return table


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--gigabytes", type=float, default=6.0)
    parser.add_argument("--scratch", type=Path, default=Path("build/loader"))
    asked = parser.parse_args()
    console = Console(width=100)
    console.print(larger_than_memory(asked.scratch, asked.gigabytes, 60))
    console.print(networks(asked.steps))


if __name__ == "__main__":
    main()
