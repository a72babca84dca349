"""Fields of many samples as one array: in memory if it is small, else in a file that is mapped.

A mapped array is read where it is indexed, so that training sees more states than memory holds, and
processes that draw batches share one copy. Both kinds are NumPy arrays.
"""

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadConfig
from thermocline.files import atomic_path

IN_MEMORY = "THERMOCLINE_IN_MEMORY_GB"
"""The environment variable that says how large an array may be in memory."""
DEFAULT = "2"


def stacked(
    rows: Iterable[NDArray[np.float32]], shape: tuple[int, ...], file: Callable[[], Path]
) -> NDArray[np.float32]:
    """N rows as one array [N, …] of the given shape; read-only if it is a file's.

    Args:
        rows: taken one at a time, and not at all if the file is there.
        file: says where a large array is kept. The name ends with a dash and a digest of what is
            in it; files of the same beginning with another digest are removed.

    Raises:
        BadConfig: if the environment's limit is not a number.
    """
    if 4 * math.prod(shape) <= limit():
        return _filled(np.empty(shape, np.float32), rows)
    path = file()
    if not path.is_file():
        for stale in path.parent.glob(f"{path.name.rpartition('-')[0]}-*"):
            stale.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            made = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
            _filled(made, rows)
            made.flush()
    found: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


def limit() -> float:
    """Bytes that an array in memory may have."""
    asked = os.environ.get(IN_MEMORY, DEFAULT)
    try:
        return float(asked) * 1e9
    except ValueError as problem:
        raise BadConfig(
            f"{IN_MEMORY} is {asked!r}", where="environment", fix="give a number, such as 0.5"
        ) from problem


def _filled(array: NDArray[np.float32], rows: Iterable[NDArray]) -> NDArray[np.float32]:
    for place, row in zip(array, rows, strict=True):
        place[...] = row
    return array
