"""Stage baselines: tune the classical methods on validation years, keep every candidate's score."""

import json
import sys

from stage import run
from thermocline import systems
from thermocline.files import atomic_directory
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths


def main(system: str) -> None:
    """Write build/baselines/<system>."""
    config = load_config()
    with atomic_directory(StagePaths(system, config).baselines) as folder:
        tuned = systems.get(system).tune_baselines(config, folder)
    print(json.dumps(tuned, indent=1))


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
