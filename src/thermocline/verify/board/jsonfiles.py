"""Standard JSON (no NaN), and lists of it from files."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.files import json_text


def without_nan(value: Any) -> Any:
    """The same with None for every NaN and infinity, which standard JSON has not."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): without_nan(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    return value


def to_json(records: Iterable[Any]) -> str:
    """A list as JSON, NaN as null."""
    return json_text(without_nan(list(records)), allow_nan=False)


def read_list(path: Path) -> list[Any]:
    """Read a JSON list; raises BadFile for anything else."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadFile(
            f"cannot be read: {problem}", where=str(path), fix="run the evaluate stage"
        ) from problem
    if not isinstance(values, list):
        raise BadFile("expected a list of objects", where=str(path), fix="run the evaluate stage")
    return values
