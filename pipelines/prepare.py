"""Stage prepare: a system's raw files to the store that everything after it reads."""

import sys

from rich.progress import track

from stage import run
from thermocline import systems
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths


def main(system: str) -> None:
    """Write build/prepared/<system>.nc."""
    config = load_config()
    systems.get(system).prepare(config, StagePaths(system, config).store, track)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
