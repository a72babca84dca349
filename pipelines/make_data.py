"""Regenerate the bundled raw data in data/ (rarely needed: `dvc pull` brings them)."""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from thermocline.config import GridConfig
from thermocline.simulate.arctic import archive
from thermocline.simulate.fine_archive import write_fine_sst
from thermocline.simulate.fine_configuration import jobs
from thermocline.simulate.mesoscale import archive as mesoscale
from thermocline.simulate.nature_run import write_nature_run
from thermocline.systems.config import load_config

FILES = {
    "nature": 28,  # three members, the truth, 24 months of profiles
    "sst": 2 * len(jobs()),  # fine and coarse
    "arctic": archive.FILES,
    "eddies": mesoscale.FILES,
}


def main() -> None:
    """Simulate oceans and their truth, observe it, stir its surface; then sea ice and eddies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument(
        "--only", choices=FILES, help="sst needs the nature run's files; by default all are made"
    )
    arguments = parser.parse_args()
    parts = [arguments.only] if arguments.only else list(FILES)
    config = load_config()
    console, started = Console(), time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("Simulating oceans", total=sum(FILES[part] for part in parts))
        paths: list[Path] = []
        raw, seed, workers = config.data.raw, config.seed, arguments.workers
        done: Callable[[Path], None] = lambda path: progress.advance(task)
        if "nature" in parts:
            paths += write_nature_run(raw, GridConfig(), seed, workers, done)
        if "sst" in parts:
            paths += write_fine_sst(raw, raw, seed, workers, done)
        if "arctic" in parts:
            paths += archive.write_arctic(raw / archive.FOLDER, seed, workers, done)
        if "eddies" in parts:
            paths += mesoscale.write_eddies(raw / mesoscale.FOLDER, seed, workers, done)
    report(console, paths, time.monotonic() - started)


def report(console: Console, paths: list[Path], seconds: float) -> None:
    """Sizes by folder, and the time it took."""
    for folder in sorted({path.parent for path in paths}):
        sizes = [path.stat().st_size for path in paths if path.parent == folder]
        console.print(f"{folder}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB")
    total = sum(path.stat().st_size for path in paths)
    console.print(f"{len(paths)} files, {total / 1e6:.1f} MB in {seconds:.0f} s")


if __name__ == "__main__":
    main()
