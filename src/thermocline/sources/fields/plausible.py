"""Checks of a sample of a gridded variable: unit, impossible values, and whether any is used."""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, shown
from thermocline.ocean.variables import Variable
from thermocline.sources.common import salinity
from thermocline.sources.fields.ice import check_percent, refuse_percent
from thermocline.sources.fields.repeated import WINDOW
from thermocline.sources.fields.statuses import BEYOND, FILL, IMPOSSIBLE, USED, account_of

MOST_IMPOSSIBLE = 0.05
"""Share of impossible values above which a file is refused, as its unit or fill must be wrong."""


def samples(values: xr.Variable, flat: set) -> Iterator[dict[Any, Any]]:
    """Parts of a variable to read: the middle of one level, that level, then every time step.

    A variable in memory is one part.

    Args:
        flat: the horizontal dimensions.
    """
    level = {d: slice(0, 1) for d in values.dims if d not in flat}
    middle = {d: max(0, values.sizes[d] // 2 - WINDOW // 2) for d in flat}
    if values.chunks is None:
        yield {}
        return
    yield level | {d: slice(start, start + WINDOW) for d, start in middle.items()}
    yield level
    first = values.dims[0]
    if first in flat:
        yield {}
        return
    start = 0
    for size in values.chunksizes[first]:
        yield {first: slice(start, start + size)}
        start += size


def check_values(
    blocks: xr.Variable,
    status: xr.Variable,
    unit: tuple[float, float],
    name: str,
    known: Variable | None,
    said: str,
    flat: set,
    where: str,
) -> None:
    """Check a variable; reading stops after the first part with a value that is used.

    Args:
        blocks: values in the file's unit.
        unit: scale and offset to the unit of `known`.
        known: the variable, if it is one of this project.
        said: the file's unit.
        flat: the horizontal dimensions.

    Raises:
        BadData: for values that contradict their unit, too many that are impossible in the sea, or
            none that is used.
    """
    dropped: dict[str, int] = {}
    greatest, used = 0.0, False
    for part in samples(blocks, flat):
        codes, values = dask.compute(status.isel(part), blocks.isel(part))  # read once
        unflagged = np.isin(codes, (USED, BEYOND))
        found = values.values[unflagged] * unit[0] + unit[1]
        beyond = codes.values[unflagged] == BEYOND
        clear = known is None or known.name != "siconc"
        if found.size and known is not None:
            if not clear:
                held = np.isin(codes, (USED, BEYOND, FILL))
                shares = values.values[held]
                clear = check_percent(shares, unit[0], name, where)
                greatest = max(greatest, shares[shares <= 1.001].max(initial=0))
            _check_sample(found, beyond, name, known, said, where)
        used = used or not beyond.all()
        if used and clear:
            return
        dropped = account_of(codes).dropped
    if used:
        refuse_percent(greatest, name, where)
        return
    if not dropped:
        raise BadData(f"every value of {name} is missing", where=where, fix="give a file with data")
    worst = max(dropped, key=lambda why: dropped[why])
    raise BadData(
        f"every value of {name} is missing or dropped, the last {dropped[worst]:,} as {worst}",
        where=where,
        fix="check the attributes and flags of the variable, or give another file",
    )


def _check_sample(
    found: NDArray, beyond: NDArray[np.bool_], name: str, known: Variable, said: str, where: str
) -> None:
    """Raise BadData for values, in our unit, of another unit or too many that are impossible.

    Args:
        beyond: which of the values are impossible.
        said: the file's unit.
    """
    if known.units == "degree_Celsius":
        _check_unit(float(np.median(found)), said, f"{where}: {name}")
    if known.units == salinity.UNIT:
        salinity.check(found, where=where, what=name)
    if beyond.mean() > MOST_IMPOSSIBLE:
        raise BadData(
            f"{beyond.mean():.0%} of {name} are {IMPOSSIBLE}: "
            f"{shown(f'{found.min():.4g} to {found.max():.4g}')} {known.units}",
            where=where,
            fix="check its units, and that fills and bad values are declared or flagged",
        )


def _check_unit(median: float, said: str, where: str) -> None:
    if median > 100.0:
        raise BadData(
            f"values labelled {'°C' if said else 'without a unit'} are kelvin: half are above 100",
            where=where,
            fix="set the variable's units attribute to 'K', or convert the values",
        )
    if median < -100.0:
        raise BadData(
            "Celsius values labelled kelvin: half would be below −100 °C",
            where=where,
            fix="set the variable's units attribute to 'degree_Celsius'",
        )
