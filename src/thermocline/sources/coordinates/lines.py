"""Rows and columns of a grid: 2-D coordinates of a regular grid, and repeated columns."""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.sphere import wrap_longitude

PARALLEL = 1e-3
"""Degrees by which a constant coordinate may vary along a line, by rounding."""
SAME = 1e-3
"""Share of the step between columns by which equal ones may differ, by rounding."""


def constant_lines(values: NDArray, axis: int, *, turn: bool = False) -> NDArray | None:
    """The value of a 2-D coordinate on each line along an axis; None if it varies on a line.

    Missing values are ignored, but no line may consist of them only.

    Args:
        axis: along which the coordinate is to be constant.
        turn: whether values 360 apart are equal.
    """
    known = np.isfinite(values)
    if not known.any(axis).all():
        return None
    first = np.expand_dims(known.argmax(axis), axis)  # along each line
    line = np.take_along_axis(values, first, axis)
    difference = wrap_longitude(values - line) if turn else values - line
    if np.nanmax(np.abs(difference)) >= PARALLEL:
        return None
    return line.squeeze(axis)


def same_columns(longitude: NDArray, east: NDArray) -> NDArray:
    """`east`, in which columns 360° apart have exactly the longitude of the first of them.

    In float32 their longitudes rarely differ by exactly 360°: 359.99999 and 0.00001 are one column.

    Args:
        longitude: of the columns in the file, degrees.
        east: the same longitudes from -180 to 180.
    """
    if longitude.ndim != 1 or longitude.size < 3:
        return east
    order = np.argsort(longitude, kind="stable")
    least = longitude[order[0]]
    slack = SAME * float(np.median(np.diff(longitude[order])))
    # For each column that is nearly 360° east of another: that other one, found in the sorted axis.
    later = order[longitude[order] > least + 360 - slack]
    place = np.searchsorted(longitude[order], longitude[later] - 360 - slack)
    first = order[np.minimum(place, order.size - 1)]
    same = np.abs(longitude[later] - 360 - longitude[first]) <= slack
    result = east.copy()
    one, other = first[same], later[same]
    # The longitude of the column that is first in the file is kept.
    result[np.maximum(one, other)] = result[np.minimum(one, other)]
    return result
