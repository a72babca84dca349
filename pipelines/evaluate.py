"""Stage evaluate: score a system's model and its baselines on the withheld truth; figures."""

import sys

from rich.progress import track

from stage import run, tuned_config
from thermocline import systems
from thermocline.files import atomic_directory
from thermocline.systems.built import Built


def main(system: str) -> None:
    """Write build/reports/<system>."""
    config = tuned_config(system)
    with atomic_directory(Built(system, config).report) as folder:
        board = systems.get(system).evaluate(config, folder, track)
    board.print()


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
