"""Conversion of values to the units of this project, by udunits; see `spellings`."""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.common.spellings import DEGREE, plausible, unit_of

ANGLE = rf"(?!.*deg(?:ree)?s$)(?:(?:decimal|dec\.?)[ _-]*)?{DEGREE}[ _.-]*"
NORTHWARD = rf"{ANGLE}\(?(?:n(?:orth)?|s(?:outh)?)\)?"
EASTWARD = rf"{ANGLE}\(?(?:e(?:ast)?|w(?:est)?)\)?"
"""Units, in lower case, that say which axis they belong to; `degrees` is not `degree S`."""


def linear(units: str, to: str, *, where: str, what: str) -> tuple[float, float]:
    """Scale and offset by which values in `units` become values in `to`.

    Args:
        what: the quantity, for messages, such as `temperature` or `depth`.

    Raises:
        BadData: for a unit that is unknown, of another quantity, or never used for this one.
    """
    found = _linear(units, to)
    if found is not None and plausible(units, to, *found):
        return found
    wrong = "an unknown unit" if unit_of(units) is None else "a unit of another quantity"
    if found is not None:
        wrong = f"a unit of {shown(f'{found[0]:.3g}')} {to}, in which it is not given"
    raise BadData(
        f"{what} has {wrong}{f', {shown(repr(units))}' if str(units).strip() else ''}",
        where=where,
        fix=f"give {what} in {ADVICE.get(to, to)} and say so in its units attribute, or in "
        "brackets behind the name of a column",
    )


@lru_cache(maxsize=512)
def _linear(units: str, to: str) -> tuple[float, float] | None:
    unit, target = unit_of(units), unit_of(to)
    assert target is not None, to
    if unit is None or unit.is_time_reference() or not unit.is_convertible(target):
        return None
    start, end = (float(unit.convert(number, target)) for number in (0.0, 1000.0))
    return (end - start) / 1000, start


ADVICE = {
    "degC": "degree_Celsius or K",
    "m": "m or cm",
    "1e-3": "practical salinity (PSU), g/kg or kg/kg",
    "1": "1 or %",
    "degrees": "degrees, or degrees_north, degrees_south, degrees_east or degrees_west",
}


def convert(
    values: ArrayLike, units: str, to: str, *, where: str, what: str
) -> NDArray[np.float64]:
    """Values in another unit, as float64; see `linear`."""
    scale, offset = linear(units, to, where=where, what=what)
    return np.asarray(values, dtype=np.float64) * scale + offset


def celsius(
    values: ArrayLike, units: str, *, where: str, what: str = "temperature"
) -> NDArray[np.float64]:
    """Temperatures in °C. Without a unit they are taken for °C."""
    return convert(values, units if units.strip() else "degC", "degC", where=where, what=what)


def metres(
    values: ArrayLike, units: str, *, where: str, what: str = "depth"
) -> NDArray[np.float64]:
    """Lengths in metres. Without a unit they are taken for metres."""
    return convert(values, units if units.strip() else "m", "m", where=where, what=what)


def degrees(values: ArrayLike, units: str, *, axis: str, where: str) -> NDArray[np.float64]:
    """Positions in degrees north or east; `degrees_west` and `degrees_south` change the sign.

    Args:
        axis: `latitude` or `longitude`. Without a unit, values are taken for degrees.

    Raises:
        BadData: for a unit that is no angle, or that belongs to the other axis.
    """
    plain = " ".join(str(units).split())
    way = _direction(plain)
    if way and way in ("ew" if axis == "latitude" else "ns"):
        raise BadData(
            f"{axis} in {shown(repr(units))}, which is a unit of {_OTHER[axis]}",
            where=where,
            fix="correct the units attribute, or exchange the two",
        )
    if way:
        return np.asarray(values, dtype=np.float64) * (-1.0 if way in "sw" else 1.0)
    return convert(values, plain or "degrees", "degrees", where=where, what=axis)


def axis_of(units: str) -> str:
    """`latitude` or `longitude` by a unit such as degrees_north; "" if it does not say."""
    way = _direction(" ".join(str(units).split()))
    return "latitude" if way in ("n", "s") else "longitude" if way else ""


def _direction(units: str) -> str:
    """`n`, `s`, `e` or `w` of a unit such as `degrees_north`, `degS`, `°W` or `E`; else ""."""
    if re.fullmatch(r"[NESW]|[Dd]eg(?:ree)?S", units):
        return units[-1].lower()
    plain = units.lower()
    if re.fullmatch(NORTHWARD, plain) or re.fullmatch(EASTWARD, plain):
        last = re.search(r"(?:north|south|east|west|[nsew])\)?$", plain)
        return last[0][0] if last else ""
    return ""


_OTHER = {"latitude": "longitude", "longitude": "latitude"}
