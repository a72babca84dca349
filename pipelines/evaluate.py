"""Stage evaluate: score a system's model and its baselines on the withheld truth; figures."""

import sys
from pathlib import Path

from rich.progress import track

from stage import run, tuned_config
from thermocline import systems
from thermocline.files import atomic_directory
from thermocline.systems.paths import StagePaths
from thermocline.verify.board.console import show_summary
from thermocline.verify.board.export import write_metrics, write_plots


def main(system: str) -> None:
    """Write build/reports/<system>, and its main numbers for `dvc metrics` and `dvc plots`."""
    config = tuned_config(system)
    with atomic_directory(StagePaths(system, config).report) as folder:
        board = systems.get(system).evaluate(config, folder, track)
    write_metrics(board, Path("build/metrics") / f"{system}.json")
    write_plots(board, Path("build/plots") / f"{system}.csv")
    show_summary(board)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
