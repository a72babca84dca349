"""Stage prepare: a system's raw files to the store that everything after it reads."""

import sys

from rich.progress import Progress

from stage import run, system_of
from thermocline.systems.config import load_config
from thermocline.systems.stages import stage


def main(system: str) -> None:
    """Write build/prepared/<system>.nc."""
    with Progress() as bars:
        stage(system, "prepare").prepare(load_config(), bars)


if __name__ == "__main__":
    run(lambda: main(system_of(sys.argv)))
