"""Reading only the upper levels of a field."""

from contextlib import AbstractContextManager
from contextvars import ContextVar

import numpy as np
import xarray as xr

from thermocline.errors import holding
from thermocline.sources.coordinates.grids import Coordinate

_DEEPEST: ContextVar[float] = ContextVar("deepest", default=np.inf)


def down_to(deepest: float) -> AbstractContextManager[None]:
    """A context in which fields are read down to `deepest` metres only.

    The first level at that depth or below it is still read, so that interpolation to any depth
    above gives the same as from the whole file. At least two levels are read.
    """
    return holding(_DEEPEST, deepest)


def wanted_levels(raw: xr.Dataset, depth: Coordinate) -> tuple[xr.Dataset, Coordinate]:
    """The dataset and its depths, without the levels that `down_to` leaves out.

    Both are complete if the depths neither ascend nor descend.
    """
    dims, metres, said = depth
    steps = np.diff(metres)
    if len(dims) != 1 or not (np.all(steps > 0) or np.all(steps < 0)):
        return raw, depth
    count = max(2, np.count_nonzero(metres < _DEEPEST.get()) + 1)
    wanted = np.flatnonzero(metres <= np.sort(metres)[:count][-1])
    part = slice(int(wanted[0]), int(wanted[-1]) + 1)
    return raw.isel({dims[0]: part}), (dims, metres[part], said)
