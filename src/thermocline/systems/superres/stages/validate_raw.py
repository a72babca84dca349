"""Great Expectations over the raw files, before anything is made of them."""

from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.prepare.expectations import validate
from thermocline.prepare.table import field_table, join
from thermocline.systems.protocol import Track
from thermocline.systems.superres.stages.raw import VARIABLE, coarse_files, fields, fine_files


def validate_raw(config: Config, folder: Path, track: Track) -> dict[str, Any]:
    """A summary, with data docs in `folder`; raises BadData for the first bad values."""
    paths = fine_files(config) + coarse_files(config)
    tables = [
        field_table(dataset, str(path), VARIABLE)
        for path, dataset in zip(track(paths, "fields"), fields(paths), strict=False)
    ]
    return {"fields": validate(join(tables), folder / "raw", "sst")}
