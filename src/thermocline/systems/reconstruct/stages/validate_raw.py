"""Great Expectations over the raw files, before anything is made of them."""

from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.prepare.expectations import validate
from thermocline.prepare.table import field_table, join
from thermocline.sources import read_field
from thermocline.systems.protocol import Track
from thermocline.systems.reconstruct.stages.raw import archive_files, truth_files


def validate_raw(config: Config, folder: Path, track: Track) -> dict[str, Any]:
    """A summary, with data docs in `folder`; raises BadData for the first bad values."""
    raw, tables = config.data.raw, []
    for path in track(archive_files(raw) + truth_files(raw), "fields"):
        with read_field(path, "thetao") as dataset:
            tables.append(field_table(dataset, str(path)))
    return {"fields": validate(join(tables), folder / "raw", "raw")}
