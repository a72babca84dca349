"""Stage tune: a small study of a system's settings; training takes a trial's if it is shown better.

The study's database (build/sweeps) is no output of the stage: a killed stage goes on with it.
"""

import sys

from rich.console import Console

from stage import run
from thermocline.files import write_json
from thermocline.registry.runs.sweeps import TrackedSweep
from thermocline.systems.config import load_config
from thermocline.systems.paths import TUNING
from thermocline.tuning import summary
from thermocline.tuning.decision import report
from thermocline.tuning.printer import say
from thermocline.tuning.search import default_storage, search
from thermocline.tuning.storage import Storage


def main(system: str) -> None:
    """Write build/tuning/SYSTEM.json."""
    config = load_config()
    own, address = config.section(system), default_storage(system)
    tune = own.tune
    console, path = Console(width=100), TUNING / f"{system}.json"
    if not tune.space:
        write_json(path, summary.nothing_searched())
        console.print("Nothing is searched: the settings of params.yaml are trained.")
        return
    study = search(config, system, address, tune.trials, tune.steps, console, TrackedSweep)
    found = summary.winner(study, Storage.parse(address).shown, tune.needed(own.training.steps))
    write_json(path, found)
    console.print(summary.table(study))
    for line in [*summary.failed(study), *report(config, found)]:
        say(console, line)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
