"""A safetensors file that is filled in place: for more than memory should hold twice.

The format is a header's length (8 bytes, little-endian), the header (JSON: kind, shape and place of
each tensor), and the tensors' bytes. The library's own writer copies all of them first.
"""

import json
import math
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ALIGNED = 64
"""The tensors' bytes begin at a multiple of so many."""


def create(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float16]]:
    """Tensors of zeros in half precision, by name: what is written into them is in the file.

    Args:
        path: overwritten; a temporary name of `files.atomic_path`, which sees to it that all is
            written.
    """
    ends = list(accumulate((2 * math.prod(shape) for shape in shapes.values()), initial=0))
    begins = dict(zip(shapes, ends[:-1], strict=True))
    places = {
        name: {"dtype": "F16", "shape": shape, "data_offsets": (begins[name], end)}
        for (name, shape), end in zip(shapes.items(), ends[1:], strict=True)
    }
    header = json.dumps(places).encode()
    header += b" " * (-(8 + len(header)) % ALIGNED)
    start = 8 + len(header)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(start + ends[-1])
    return {
        name: np.memmap(path, np.float16, "r+", start + begins[name], shape)
        for name, shape in shapes.items()
    }
