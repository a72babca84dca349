"""Stage calibrate: fit on validation years how far the network is trusted; assemble the model."""

import sys

from rich.progress import track

from stage import run, tuned_config
from thermocline import systems
from thermocline.systems.built import Built


def main(system: str) -> None:
    """Write build/models/<system>."""
    config = tuned_config(system)
    model, told = systems.get(system).calibrate(config, track)
    print(*told, sep="\n")
    model.save(Built(system, config).model)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
