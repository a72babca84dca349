"""Pieces of the time axis that are worth reading at once, and that fit the memory there is."""

from contextlib import AbstractContextManager
from contextvars import ContextVar
from itertools import accumulate, pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, holding

STEPS = 60
"""Steps at once of data that are in memory already."""
BASE = 240_000_000
"""Bytes that a process has before it reads anything: Python and the libraries."""
COPIES = 8
"""Float32 copies of a block while it is read, judged, interpolated and remapped."""
_ROOM: ContextVar[int | None] = ContextVar("room", default=None)


def room(memory: int | None) -> AbstractContextManager[None]:
    """Within it, a process may take `memory` bytes: `time_blocks` refuses what cannot fit."""
    return holding(_ROOM, memory)


def time_blocks(data: xr.DataArray, part: slice | None = None) -> list[slice]:
    """Slices of `time` that cover it; lazy data are cut only where their own chunks are.

    Providers often compress along time, so that a shorter piece would have to decompress (and
    xarray to decode) the same chunk again and again.

    Args:
        part: the steps that are wanted, if not all.

    Raises:
        BadData: if one of them does not fit the `room` there is.
    """
    steps = data.sizes["time"]
    if data.chunks is None:
        edges = [*range(0, steps, STEPS), steps]
    else:
        edges = [0, *accumulate(data.chunks[data.get_axis_num("time")])]
    if part is not None:
        first, last = part.start, part.stop
        edges = [first, *(edge for edge in edges if first < edge < last), last]
    blocks = [slice(start, stop) for start, stop in pairwise(edges)]
    longest = max((block.stop - block.start for block in blocks), default=0)
    _check(data, longest)
    return blocks


def block_values(data: xr.DataArray, block: slice) -> NDArray[np.float32]:
    """The values of one of the `time_blocks`, which are not to be written to.

    What is read lazily lies in one chunk of its own; Dask would copy it once more.
    """
    part = data.isel(time=block)
    if part.chunks is None or part.data.npartitions > 1:
        return part.values.astype(np.float32, copy=False)
    (delayed,) = part.data.to_delayed().flat
    values: NDArray = delayed.compute()
    return values.astype(np.float32, copy=False)


def _check(data: xr.DataArray, steps: int) -> None:
    memory = _ROOM.get()
    values = steps * int(np.prod([n for dim, n in data.sizes.items() if dim != "time"]))
    needed = BASE + 4 * COPIES * values
    if memory is not None and needed > memory:
        raise BadData(
            f"{steps} step{'s' if steps > 1 else ''} of {data.name}, which must be read at once, "
            f"need {needed / 1e9:.2g} GB, and a worker has {memory / 1e9:.2g} GB",
            where=str(data.encoding.get("source", "raw data")),
            fix="raise `memory` or take fewer `workers` under data.prepare; a file with chunks of "
            "many steps can be written again with chunks of one, by `nccopy -c time/1`",
        )
