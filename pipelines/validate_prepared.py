"""Stage validate-prepared: Great Expectations over a system's store."""

import sys
from pathlib import Path

from stage import run, write_json
from thermocline.systems.config import load_config
from thermocline.systems.stages import stage


def main(system: str) -> None:
    """Write build/validation/<system>/prepared.json and data docs beside it, or fail."""
    folder = Path("build/validation") / system
    summary = stage(system, "validate_prepared").validate_prepared(load_config(), folder)
    write_json(folder / "prepared.json", summary)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
