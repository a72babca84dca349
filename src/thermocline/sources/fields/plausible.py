"""Whether the values of a gridded variable may be what they are said to be, by a look at some."""

from collections.abc import Iterator
from typing import Any

import dask
import numpy as np
import xarray as xr

from thermocline.errors import BadData, shown
from thermocline.ocean.variables import Variable
from thermocline.sources.common import salinity
from thermocline.sources.fields.ice import check_percent, refuse_percent
from thermocline.sources.fields.repeated import WINDOW
from thermocline.sources.fields.statuses import BEYOND, FILL, IMPOSSIBLE, USED, account_of

MOST_IMPOSSIBLE = 0.05
"""Share of such values from which the unit or the fill is wrong, and the file refused."""


def samples(values: xr.Variable, flat: set) -> Iterator[dict[Any, Any]]:
    """Parts to look at: the middle of a level of a step, it all, then step by step."""
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
    """Raise BadData for values that contradict their unit, are no sea's, or none that is used.

    As little is looked at as shows any value that is used.

    Args:
        blocks: values in the file's unit.
        unit: scale and offset to the unit of the variable, `known` if it is one of ours.
        said: the file's unit.
        flat: the horizontal dimensions.
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
            if known.units == "degree_Celsius":
                _check_unit(float(np.median(found)), said, f"{where}: {name}")
            if known.name == "siconc":
                held = np.isin(codes, (USED, BEYOND, FILL))
                shares = values.values[held]
                clear = check_percent(shares, unit[0], name, where)
                greatest = max(greatest, shares[shares <= 1.001].max(initial=0))
            if known.units == salinity.UNIT:
                salinity.check(found, where=where, what=name)
            if beyond.mean() > MOST_IMPOSSIBLE:
                raise BadData(
                    f"{beyond.mean():.0%} of {name} are {IMPOSSIBLE}: "
                    f"{shown(f'{found.min():.4g} to {found.max():.4g}')} {known.units}",
                    where=where,
                    fix="check its units, and that fills and bad values are declared or flagged",
                )
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
        fix="check what the file says of its values, or give another",
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
