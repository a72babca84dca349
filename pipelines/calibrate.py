"""Stage calibrate: fit on validation years how far the network is trusted; assemble the model."""

import sys

from rich.progress import track

from stage import run, tuned_config
from thermocline import systems
from thermocline.files import write_json
from thermocline.systems.learning import VALIDATION
from thermocline.systems.paths import StagePaths


def main(system: str) -> None:
    """Write build/models/<system>."""
    config = tuned_config(system)
    folder = StagePaths(system, config).model
    model, told = systems.get(system).calibrate(config, track)
    print(*told, sep="\n")
    model.save(folder)
    # As trials are scored, so that a training can be compared with them.
    write_json(folder / VALIDATION, systems.get(system).trials(config).score(model))


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
