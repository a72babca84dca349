"""Levels that a reader leaves out, because nobody asks for what lies deeper."""

from contextlib import AbstractContextManager
from contextvars import ContextVar

import numpy as np
import xarray as xr

from thermocline.errors import holding
from thermocline.sources.coordinates.grids import Coordinate

_DEEPEST: ContextVar[float] = ContextVar("deepest", default=np.inf)


def down_to(deepest: float) -> AbstractContextManager[None]:
    """Within it, fields are opened down to `deepest` metres.

    The first level at that depth or below it is the last one, so that values at all depths down to
    there can be interpolated as from the whole file; at least two are left.
    """
    return holding(_DEEPEST, deepest)


def wanted_levels(raw: xr.Dataset, depth: Coordinate) -> tuple[xr.Dataset, Coordinate]:
    """A dataset and its depths without what `down_to` leaves out; whole if depths have no order."""
    dims, metres, said = depth
    steps = np.diff(metres)
    if len(dims) != 1 or not (np.all(steps > 0) or np.all(steps < 0)):
        return raw, depth
    count = max(2, np.count_nonzero(metres < _DEEPEST.get()) + 1)
    wanted = np.flatnonzero(metres <= np.sort(metres)[:count][-1])
    part = slice(int(wanted[0]), int(wanted[-1]) + 1)
    return raw.isel({dims[0]: part}), (dims, metres[part], said)
