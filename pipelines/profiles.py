"""Stage profiles: Great Expectations over observed profiles, and all of them in one file."""

from pathlib import Path

import numpy as np
from rich.progress import track

from stage import run, write_json
from thermocline.files import files_of
from thermocline.prepare.expectations import validate
from thermocline.prepare.profiles import collect_profiles
from thermocline.prepare.table import join, profile_table
from thermocline.sources import read_profiles
from thermocline.systems.config import load_config


def main() -> None:
    """Write build/validation/profiles.json, data docs beside it, and build/prepared/profiles.nc."""
    config, out = load_config(), Path("build/validation")
    levels = np.asarray(config.section("reconstruct").data.grid.depth, float)
    paths = files_of(config.data.raw / "en4", "*.nc")
    tables = [
        profile_table(read_profiles(path), str(path), levels) for path in track(paths, "checking")
    ]
    summary = validate(join(tables), out / "profiles", "profiles")
    found = (read_profiles(path) for path in track(paths, "collecting"))
    collect_profiles(config.data.prepared / "profiles.nc", found)
    write_json(out / "profiles.json", summary)


if __name__ == "__main__":
    run(main)
