"""Classical methods on disk: arrays and their settings in one safetensors file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.notes import as_header, of_header
from thermocline.errors import BadFile
from thermocline.files import atomic_path


def store(
    path: str | Path, method: str, arrays: dict[str, NDArray], settings: dict[str, Any]
) -> None:
    """Write a method's arrays, and what JSON can hold of it, atomically."""
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    notes = {"method": method, "settings": json.dumps(settings)}
    with atomic_path(path) as temporary:
        save_file(whole, temporary, as_header(notes))


def restore(path: str | Path, method: str) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Arrays and settings of a file that `store` wrote for this method.

    Raises:
        BadFile: if it is missing, not such a file, or another method's.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            notes = of_header(file.metadata())
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadFile(f"cannot be read: {error}", where=str(path)) from error
    if notes.get("method") != method:
        raise BadFile(f"holds {notes.get('method')!r}, not {method!r}", where=str(path))
    return arrays, json.loads(notes["settings"])
