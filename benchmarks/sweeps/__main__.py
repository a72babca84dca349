"""What a sweep finds beyond seeds: two settings of each system, every pair, several seeds each.

    python -m benchmarks.sweeps [reconstruct ...] [--seeds 3] [--workers 2]

Run `make demo` first. Trials train for less than half of params.yaml's steps and are scored as a
sweep scores them: CRPS of the members on validation cases, before calibration. A seed decides the
network's first weights, its batches and the observations that it is shown; the cases and the noise
of answers are the same for all. Scores are kept; what was cut off goes on. Figures and tables go
to build/benchmarks/sweeps.
"""

import argparse
import multiprocessing
import os

from benchmarks.sweeps import grid
from benchmarks.sweeps.figure import draw
from benchmarks.sweeps.spread import deviation, effects
from rich.console import Console
from rich.table import Table

CERTAIN = 0.05


def main() -> None:
    """Run what is missing, print a table a system, and draw its figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("systems", nargs="*", default=list(grid.GRIDS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    asked = [trial for name in given.systems for trial in grid.trials(name, given.seeds)]
    with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
        scores = pool.map(grid.run, asked, chunksize=1)
    for name in given.systems:
        show(name, [score for trial, score in zip(asked, scores, strict=True) if trial[0] == name])


def show(system: str, scores: list[float]) -> None:
    """A system's table and figure."""
    found, own, settings = grid.table(system, scores), grid.own(system), grid.GRIDS[system]
    table = Table(title=f"{system}: validation CRPS, mean and deviation of {found.shape[-1]} seeds")
    table.add_column(settings.rows[0])
    for value in settings.columns[1]:
        table.add_column(f"{settings.columns[0]} {value}", justify="right")
    for value, row in zip(settings.rows[1], found, strict=True):
        table.add_row(f"{value}", *(f"{c.mean():.4f} ± {c.std(ddof=1):.4f}" for c in row))
    said = in_words(system, found)
    console = Console(width=130)
    console.print(table, said, sep="\n")
    console.print(draw(system, found, own, said, grid.OUT / f"{system}.png"))


def in_words(system: str, scores) -> str:
    """What the settings do beside the seeds."""
    settings = grid.GRIDS[system]
    names = (settings.rows[0], settings.columns[0], "both together")
    parts = [
        f"{name}: {'differs' if effect.p < CERTAIN else 'no difference'} beyond seeds "
        f"(range {effect.range:.1f} deviations, p = {effect.p:.2g})"
        for name, effect in zip(names, effects(scores), strict=True)
    ]
    share = 100 * deviation(scores) / scores.mean()
    return "\n".join([*parts, f"deviation of a training over seeds: {share:.2f} % of the CRPS"])


if __name__ == "__main__":
    main()
