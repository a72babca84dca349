"""Great Expectations over the training store."""

from pathlib import Path
from typing import Any

from thermocline.config import Config
from thermocline.prepare.expectations import validate
from thermocline.prepare.store import Store
from thermocline.prepare.table import store_table
from thermocline.systems.built import Built


def validate_prepared(config: Config, folder: Path) -> dict[str, Any]:
    """A summary, with data docs in `folder`; raises BadData for the first bad values."""
    store = Store.open(Built("reconstruct", config).store)
    summary = validate(store_table(store), folder / "prepared", "prepared")
    return summary | {"digest": store.digest(), "statistics": store.statistics.digest()}
