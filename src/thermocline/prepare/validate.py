"""Validation of what a system reads and of what it prepared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from thermocline.config import PrepareConfig
from thermocline.prepare.engine import Track, each
from thermocline.prepare.expectations import validate
from thermocline.prepare.raw import RawFile
from thermocline.prepare.store import Store
from thermocline.prepare.store_table import Standardised, store_table
from thermocline.prepare.table import field_table, profile_table


def validate_raw(
    files: Sequence[RawFile],
    folder: Path,
    track: Track,
    settings: PrepareConfig = PrepareConfig(),  # noqa: B008
) -> dict[str, Any]:
    """A summary of raw files, with data docs in `folder`; raises BadData for the first bad values.

    Fields and profiles may be among them; a system that reads no files has nothing to validate.
    The tables of files are made where `settings` say: see `engine.each`.
    """
    with each(raw_table, files, settings, [file.path for file in files]) as made:
        tables = [table for table, _ in zip(made, track(files, "Checking files"), strict=True)]
    if not tables:
        return {"rows": 0, "files": []}
    return validate(pd.concat(tables, ignore_index=True), folder, "raw")


def raw_table(file: RawFile) -> pd.DataFrame:
    """The table of a raw file."""
    with file.open() as dataset:
        if "n_prof" in dataset.sizes:
            return profile_table(dataset, str(file.path), file.variable)
        return field_table(dataset, str(file.path), file.variable, file.continuous)


def validate_prepared(
    store: Store, folder: Path, standardised: Sequence[Standardised] = ()
) -> dict[str, Any]:
    """A summary of a store and its digest, with data docs in `folder`; raises like `validate_raw`.

    Args:
        standardised: what a system can say of its samples besides.
    """
    summary = validate(store_table(store, standardised), folder, "prepared")
    return summary | {"digest": store.digest()}
