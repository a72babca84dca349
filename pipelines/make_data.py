"""Regenerate the bundled raw data in data/ (rarely needed: `dvc pull` brings them)."""

import argparse
import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from thermocline.config import load_config
from thermocline.simulate.nature_run import write_nature_run

FILES = 28  # three members, the truth, 24 months of profiles


def main() -> None:
    """Simulate all members and the truth, observe the truth, write everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    workers = parser.parse_args().workers
    config = load_config()
    console, started = Console(), time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("Simulating oceans", total=FILES)
        paths = write_nature_run(
            config.data.raw,
            config.grid,
            config.seed,
            workers,
            done=lambda path: progress.advance(task),
        )
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
