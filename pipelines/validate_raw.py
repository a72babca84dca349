"""Stage validate-raw: Great Expectations over the raw files, before anything is made of them."""

import json
from pathlib import Path

import numpy as np
from rich.progress import track

from stage import files, run
from thermocline.config import load_config
from thermocline.files import atomic_path
from thermocline.prepare.expectations import validate
from thermocline.prepare.table import field_table, join, profile_table
from thermocline.sources import read_field, read_profiles

OUT = Path("build/validation")


def main() -> None:
    """Write build/validation/raw.json and data docs beside it, or fail on the first bad value."""
    config = load_config()
    raw = config.data.raw
    levels = np.asarray(config.grid.depth, float)
    fields = files(raw / "cmip6", "thetao_*.nc") + files(raw / "nature", "thetao_*.nc")
    tables = []
    for path in track(fields, description="fields"):
        with read_field(path, "thetao") as dataset:
            tables.append(field_table(dataset, str(path)))
    summary = {"fields": validate(join(tables), OUT / "raw", "raw")}
    profiles = track(files(raw / "en4", "*.nc"), description="profiles")
    tables = [profile_table(read_profiles(path), str(path), levels) for path in profiles]
    summary["profiles"] = validate(join(tables), OUT / "raw_profiles", "profiles")
    with atomic_path(OUT / "raw.json") as temporary:
        temporary.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
