"""Practical salinity of values in any of the units that files give.

Practical salinity has no unit: CF writes `1`, others `1e-3`, PSU or nothing, and the values are
always about 35. A mass fraction also has the unit `1`, with values of about 0.035. So the values
decide what `1` means. A named unit, such as kg/kg or %, means what it says.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData, shown
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.common.units import linear

UNIT = VARIABLES["so"].units
"""The unit of practical salinity in this project; the numbers are PSU."""
LEAST, MOST = 2.0, VARIABLES["so"].upper
"""Nearly all practical salinities of the sea are in this range."""
FRACTION = 0.05
"""Practical salinities of the sea are higher, mass fractions of salt are lower."""

NAMED = re.compile(r"g|%|p|frac")
"""Part of every unit that names a fraction: kg/kg, %, ppm, fraction."""


def practical(values: ArrayLike, units: str, *, where: str, what: str) -> NDArray[np.float64]:
    """Practical salinities of values in `units`; without a unit they are practical already.

    Raises:
        BadData: for a unit of another quantity, such as a conductivity, and for values that
            salinity in that unit cannot have.
    """
    found = np.asarray(values, dtype=np.float64)
    scale = scale_of(units, [found], where=where, what=what)
    found = found * scale
    check(found, where=where, what=what)
    return found


def scale_of(units: str, samples: Iterable[NDArray], *, where: str, what: str) -> float:
    """The factor from values in `units` to practical salinities; see `practical`.

    Args:
        samples: values as stored; they are read one after another until they decide.

    Raises:
        BadData: for values that may be neither fractions nor practical salinities.
    """
    if not str(units).strip():
        return 1.0
    scale, _ = linear(units, UNIT, where=where, what=what)
    if scale == 1:
        return scale
    between = ""
    for sample in samples:
        given = sample[sample > 0]
        fitting = np.count_nonzero(given * scale <= MOST)
        contrary = np.count_nonzero((given >= LEAST) & (given <= MOST) & (given * scale > MOST))
        neither = given[(given < LEAST) & (given * scale > MOST)]
        if contrary > fitting:
            break
        if neither.size > fitting:
            between = f"from {neither.min():.3g} to {neither.max():.3g}"
        elif fitting:
            return scale
    else:
        if not between:
            return scale
        raise BadData(
            f"{what} is said to be in {shown(repr(units))}, and is {shown(between)}, too much for "
            "a fraction of salt and too little for practical salinity",
            where=where,
            fix="set its units to PSU if it is practical salinity, or convert the values",
        )
    if not NAMED.search(units.lower()):
        return 1.0
    raise BadData(
        f"{what} is said to be in {shown(repr(units))}, and has the values of practical salinity",
        where=where,
        fix="set its units to PSU, or convert the values",
    )


def check(found: NDArray, *, where: str, what: str) -> None:
    """Raise BadData if all salinities are so low that they must be fractions."""
    salty = found[np.isfinite(found) & (found > 0)]
    if salty.size and salty.max() < FRACTION:
        raise BadData(
            f"{what} is at most {salty.max():.3g}, which is no salinity of the sea in PSU",
            where=where,
            fix="set its units to kg/kg if it is a fraction, or convert the values",
        )
