"""Stage validate-prepared: Great Expectations over the training store."""

import json
from pathlib import Path

from stage import run
from thermocline.config import load_config
from thermocline.files import atomic_path
from thermocline.prepare.expectations import validate
from thermocline.prepare.store import Store
from thermocline.prepare.table import store_table

OUT = Path("build/validation")


def main() -> None:
    """Write build/validation/prepared.json and data docs beside it, or fail."""
    store = Store.open(load_config().data.prepared / "reconstruct.nc")
    summary = validate(store_table(store), OUT / "prepared", "prepared")
    summary |= {"digest": store.digest(), "statistics": store.statistics.digest()}
    with atomic_path(OUT / "prepared.json") as temporary:
        temporary.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
