"""Great Expectations over the store of pairs."""

from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.prepare.expectations import validate
from thermocline.prepare.sst_store import SstStore
from thermocline.prepare.sst_table import sst_table
from thermocline.systems.built import Built


def validate_prepared(config: Config, folder: Path) -> dict[str, Any]:
    """A summary, with data docs in `folder`; raises BadData for the first bad values."""
    store = SstStore.open(Built("superres", config).store)
    return validate(sst_table(store), folder / "prepared", "superres") | {"digest": store.digest()}
