"""Stage validate-raw: Great Expectations over a system's raw files, before anything is made."""

import sys
from pathlib import Path

from rich.progress import track

from stage import run, system_of, write_json
from thermocline.systems.config import load_config
from thermocline.systems.stages import stage


def main(system: str) -> None:
    """Write build/validation/<system>/raw.json and data docs beside it, or fail."""
    folder = Path("build/validation") / system
    summary = stage(system, "validate_raw").validate_raw(load_config(), folder, track)
    write_json(folder / "raw.json", summary)


if __name__ == "__main__":
    run(lambda: main(system_of(sys.argv)))
