"""Whether a file's grid goes round the globe: what it does not reach would count as land."""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.sphere import wrap_longitude

REACH = 50.0
"""Degrees of latitude, north and south, that a file has to reach."""
GAP = 30.0
"""Most degrees of longitude without a cell, of a grid whose own cells are smaller."""


def require_globe(latitude: NDArray, longitude: NDArray, where: str) -> None:
    """Raise BadData for places of cells, on axes or in two dimensions, of a region alone."""
    north, south = np.nanmax(latitude), np.nanmin(latitude)
    around = np.unique(wrap_longitude(longitude[np.isfinite(longitude)]))
    gaps = np.diff(np.append(around, around[0] + 360))
    widest = int(gaps.argmax())
    cell = 1.5 * float(np.median(gaps)) if longitude.ndim == 1 else 0.0
    whole = gaps[widest] <= max(GAP, cell)
    if whole and north >= REACH and south <= -REACH:
        return
    west, east = around[(widest + 1) % around.size], around[widest]
    across = "all longitudes" if whole else f"longitudes {west:g} to {east:g} (eastwards)"
    raise BadData(
        f"is of a region: latitudes {south:g} to {north:g}, {across}",
        where=where,
        fix="give fields of the whole globe; docs/fetch.md says what learns a region",
    )
