"""Stage validate-prepared: Great Expectations over a system's store."""

import sys
from pathlib import Path

from stage import run
from thermocline import systems
from thermocline.files import write_json
from thermocline.prepare.store import Store
from thermocline.prepare.validate import validate_prepared
from thermocline.systems.config import load_config
from thermocline.systems.paths import StagePaths


def main(system: str) -> None:
    """Write build/validation/<system>/prepared.json and data docs beside it, or fail."""
    folder = Path("build/validation") / system
    store = Store.open(StagePaths(system, load_config()).store)
    more = systems.get(system).standardised(store)
    write_json(folder / "prepared.json", validate_prepared(store, folder / "prepared", more))


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
