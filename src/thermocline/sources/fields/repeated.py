"""Finding land in fields without a mask: cells that are exactly 0.

Some models write 0 on land. Values at sea differ from each other, so if far more cells are exactly
0 than have any other value, 0 is land. Any other repeated number may be a value of the sea, such as
the freezing point: it is used, and a note says so.
"""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.ocean.variables import Variable

OFTEN, LEAST = 0.05, 12
"""Least share and number of equal values in a sample for which a number stands out …"""
TIMES = 10
"""… if it is at least so many times as frequent as any other number …"""
FEW = 10
"""… and there are more than so many other numbers."""
FREEZING = -1.5
"""°C below which many values may be equal, at the freezing point under ice."""
REASON = "exactly 0 in many cells as on land"
WINDOW, MANY, MOST = 1024, 2**18, 2**16
"""Rows and columns of the first sample, about how many values of later ones, and about how many of
these are sorted."""


def land_number(
    values: xr.Variable,
    used: xr.Variable,
    unit: tuple[float, float],
    flat: set,
    known: Variable,
) -> tuple[float | None, str]:
    """The number that means land (None if there is none), and a note on another repeated number.

    Args:
        values: in the file's unit.
        used: where no flag or range rejects a value.
        unit: scale and offset to the unit of `known`.
        flat: the horizontal dimensions.
    """
    note = ""
    for part in parts(values, flat):
        numbers, chosen = dask.compute(values.isel(part).data, used.isel(part).data)
        found = np.asarray(numbers)[np.asarray(chosen)]
        found = found[:: max(1, found.size // MOST)]
        numbers, counts = np.unique(found, return_counts=True)
        kind = numbers.astype(np.float64) * unit[0] + unit[1]
        varying = kind >= FREEZING if known.units == "degree_Celsius" else np.ones(kind.size, bool)
        zero = np.abs(kind) < 1e-4
        if zero.sum() == 1 and _stands_out(counts, zero, varying) and _all_used(used, flat):
            return float(numbers[zero][0]), ""
        most = np.arange(counts.size) == (counts.argmax() if counts.size else -1)
        if not note and _stands_out(counts, most, varying):
            note = (
                f"{counts.max() / found.size:.0%} of a sample of the values are exactly "
                f"{kind[most][0]:.6g} {known.units}: if these are land, and not sea such as under "
                "ice, declare the number as _FillValue"
            )
        if not np.asarray(chosen).all():
            break  # the file itself marks missing values
    return None, note


def _all_used(used: xr.Variable, flat: set) -> bool:
    """Whether the first map has a value in every cell; else the file itself marks land."""
    first = {d: slice(0, 1) for d in used.dims if d not in flat}
    return bool(used.isel(first).all())


def _stands_out(counts: NDArray, one: NDArray[np.bool_], varying: NDArray[np.bool_]) -> bool:
    others = counts[varying & ~one]
    count = counts[one].sum()
    return bool(
        others.size > FEW
        and count >= max(LEAST, OFTEN * counts.sum())
        and count >= TIMES * others.max()
    )


def parts(values: xr.Variable, flat: set) -> Iterator[dict[Any, Any]]:
    """The samples: the middle of the first level, all of it, and the last level of the last step.

    A variable in memory is one sample.
    """
    if values.chunks is None:
        yield {}
        return
    sizes = {d: values.sizes[d] for d in flat if d in values.dims}
    others = [d for d in values.dims if d not in flat]
    first = {d: slice(0, 1) for d in others}
    middle = {d: max(0, size // 2 - WINDOW // 2) for d, size in sizes.items()}
    yield first | {d: slice(start, start + WINDOW) for d, start in middle.items()}
    # Rows and columns at equal steps, so that sorting a large map is fast.
    step = max(1, round((np.prod(list(sizes.values()), dtype=float) / MANY) ** 0.5))
    yield first | {d: slice(None, None, step) for d in sizes}
    if others:  # the deepest level among them
        last = {d: slice(values.sizes[d] - 1, None) for d in others}
        yield last | {d: slice(None, None, step) for d in sizes}
