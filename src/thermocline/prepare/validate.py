"""Validation of what a system reads and of what it prepared."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from thermocline.prepare.expectations import validate
from thermocline.prepare.raw import RawFile
from thermocline.prepare.store import Store
from thermocline.prepare.table import Standardised, field_table, profile_table, store_table

Track = Callable[[Sequence[Any], str], Iterable[Any]]
"""Goes through a list and shows how far it is."""


def validate_raw(files: Sequence[RawFile], folder: Path, track: Track) -> dict[str, Any]:
    """A summary of raw files, with data docs in `folder`; raises BadData for the first bad values.

    Fields and profiles may be among them; a system that reads no files has nothing to validate.
    """
    tables = []
    for file in track(files, "Checking files"):
        with file.open() as dataset:
            if "n_prof" in dataset.sizes:
                tables.append(profile_table(dataset, str(file.path), file.variable))
            else:
                tables.append(field_table(dataset, str(file.path), file.variable, file.continuous))
    if not tables:
        return {"rows": 0, "files": []}
    return validate(pd.concat(tables, ignore_index=True), folder, "raw")


def validate_prepared(
    store: Store, folder: Path, standardised: Sequence[Standardised] = ()
) -> dict[str, Any]:
    """A summary of a store and its digest, with data docs in `folder`; raises like `validate_raw`.

    Args:
        standardised: what a system can say of its samples besides.
    """
    summary = validate(store_table(store, standardised), folder, "prepared")
    return summary | {"digest": store.digest()}
