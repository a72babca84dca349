"""Lines of a grid: 2-D coordinates that are of a regular grid, and columns that come twice."""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.sphere import wrap_longitude

PARALLEL = 1e-3
"""Degrees by which the coordinate of a line may vary along it, by rounding."""
SAME = 1e-3
"""Share of the step between columns by which two may differ that are the same, by rounding."""


def constant_lines(values: NDArray, axis: int, *, turn: bool = False) -> NDArray | None:
    """The one value that a 2-D coordinate has along an axis, for each line; None if it varies.

    Missing places are passed over, as long as no line lacks them all.

    Args:
        axis: along which the coordinate is to be constant.
        turn: whether values a whole turn apart are the same.
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
    """`east`, in which columns a whole turn apart have the very same longitude, that of the first.

    In float32, 360° later is rarely the same number: 359.99999 and 0.00001 are one column.

    Args:
        longitude: of the columns as the file has them, degrees.
        east: the same from -180 to 180.
    """
    if longitude.ndim != 1 or longitude.size < 3:
        return east
    order = np.argsort(longitude, kind="stable")
    least = longitude[order[0]]
    slack = SAME * float(np.median(np.diff(longitude[order])))
    # Of each that is nearly a turn beyond another, the other; the axis is sorted, so one search.
    later = order[longitude[order] > least + 360 - slack]
    place = np.searchsorted(longitude[order], longitude[later] - 360 - slack)
    first = order[np.minimum(place, order.size - 1)]
    same = np.abs(longitude[later] - 360 - longitude[first]) <= slack
    result = east.copy()
    one, other = first[same], later[same]
    # The file's first is kept, whichever side of the turn it is on.
    result[np.maximum(one, other)] = result[np.minimum(one, other)]
    return result
