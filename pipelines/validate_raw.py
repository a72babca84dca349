"""Stage validate-raw: Great Expectations over a system's raw files, before anything is made."""

import sys
from pathlib import Path

from rich.progress import track

from stage import run
from thermocline import systems
from thermocline.files import write_json
from thermocline.prepare.validate import validate_raw
from thermocline.systems.config import load_config


def main(system: str) -> None:
    """Write build/validation/<system>/raw.json and data docs beside it, or fail."""
    folder = Path("build/validation") / system
    config = load_config()
    files = systems.get(system).raw(config)
    summary = validate_raw(files, folder / "raw", track, config.data.prepare)
    write_json(folder / "raw.json", summary)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
