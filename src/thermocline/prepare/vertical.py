"""Linear interpolation in depth, aware of land and of the sea floor."""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


def interpolate_depth(field: NDArray, source: NDArray, levels: NDArray) -> NDArray[np.floating]:
    """A field [..., S, h, w] at depths `source` [S] to `levels` [C] -> [..., C, h, w].

    A level between two valid source levels is interpolated; where either is missing (NaN), so
    is the result: nothing is extrapolated below the bottom. A level above the first source
    level takes its value if within half the first spacing (it lies in that model layer). All is
    computed in the field's own precision.

    Raises:
        BadData: if source depths do not ascend from the surface down.
    """
    depth, wanted = np.asarray(source, np.float64), np.asarray(levels, np.float64)
    if depth.ndim != 1 or np.any(np.diff(depth) <= 0) or depth[0] < 0:
        raise BadData(
            "depths do not ascend from the surface",
            where="depth",
            fix="order levels by depth, in metres, positive down",
        )
    field = np.moveaxis(np.asarray(field), -3, 0)
    if field.shape[0] != depth.size:
        raise BadData(f"{field.shape[0]} levels but {depth.size} depths", where="depth")
    if depth.size == wanted.size and np.allclose(depth, wanted, atol=1e-3):
        return np.moveaxis(field, 0, -3)
    reach = depth[0] - (depth[1] - depth[0]) / 2 if depth.size > 1 else depth[0]
    result = np.full((wanted.size, *field.shape[1:]), np.nan, np.result_type(field, np.float32))
    same = np.isclose(depth, wanted[:, None], atol=1e-3)
    above, below = (np.empty(field.shape[1:], result.dtype) for _ in range(2))
    for index, level in enumerate(wanted):
        exact = np.flatnonzero(same[index])
        if exact.size:
            result[index] = field[exact[0]]
        elif level < depth[0]:
            if level >= reach:
                result[index] = field[0]
        elif level < depth[-1]:
            lower = int(np.searchsorted(depth, level))
            weight = (level - depth[lower - 1]) / (depth[lower] - depth[lower - 1])
            weight = result.dtype.type(weight)
            np.multiply(field[lower - 1], 1 - weight, out=above)
            np.multiply(field[lower], weight, out=below)
            np.add(above, below, out=result[index])
    return np.moveaxis(result, 0, -3)
