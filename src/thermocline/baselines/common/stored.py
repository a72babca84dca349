"""Classical methods on disk: arrays, and notes in the header of a safetensors file.

safetensors writes several entries of a header in no fixed order, so that the same content would be
other bytes each time. Several notes are therefore one entry, in JSON.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.files import atomic_path

NOTES = "notes"


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray], notes: Mapping[str, str]) -> None:
    """Write arrays and notes atomically; the same content is the same bytes."""
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header = dict(notes)
    if len(header) > 1:
        header = {NOTES: json.dumps(header, sort_keys=True)}
    with atomic_path(path) as temporary:
        save_file(whole, temporary, header)


def read_arrays(path: str | Path) -> tuple[dict[str, NDArray], dict[str, str]]:
    """Arrays and notes of a file; use it within `reading`."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        header = dict(file.metadata() or {})
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # Older files have an entry for each note.
    return arrays, json.loads(header[NOTES]) if NOTES in header else header


@contextmanager
def reading(path: str | Path, what: str, fix: str = "run `dvc repro`") -> Iterator[None]:
    """Within it, errors in a file's form or content become BadFile.

    Args:
        what: the file should hold, such as "an ensemble OI".
        fix: what to do.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, KeyError, TypeError, ValueError, AssertionError, SafetensorError) as error:
        raise BadFile(f"not {what}: {error}", where=str(path), fix=fix) from error


def store(
    path: str | Path, method: str, arrays: dict[str, NDArray], settings: dict[str, Any]
) -> None:
    """Write a method's arrays, and its settings, which JSON can hold, atomically."""
    write_arrays(path, arrays, {"method": method, "settings": json.dumps(settings)})


def restore(path: str | Path, method: str) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Arrays and settings of a file that `store` wrote for this method.

    Raises:
        BadFile: if it is missing, not such a file, or another method's.
    """
    with reading(path, "a stored method"):
        arrays, notes = read_arrays(path)
    if notes.get("method") != method:
        raise BadFile(f"holds {notes.get('method')!r}, not {method!r}", where=str(path))
    return arrays, json.loads(notes["settings"])
