"""Values in our units, and what kind of temperature a variable says that it is.

udunits scales and shifts exactly; `spellings` knows what is meant by words that it misreads.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData, shown
from thermocline.sources.common.seawater import ASSUMED_SALINITY, potential_temperature
from thermocline.sources.common.spellings import DEGREE, plausible, unit_of

ANGLE = rf"(?!.*deg(?:ree)?s$)(?:(?:decimal|dec\.?)[ _-]*)?{DEGREE}[ _.-]*"
NORTHWARD = rf"{ANGLE}\(?(?:n(?:orth)?|s(?:outh)?)\)?"
EASTWARD = rf"{ANGLE}\(?(?:e(?:ast)?|w(?:est)?)\)?"
"""Units, in small letters, that say which axis they are of; `degrees` are not the south's."""

POTENTIAL, IN_SITU, CONSERVATIVE = "potential", "in situ", "conservative"
SURFACE, SKIN = "surface", "skin"

KINDS = {
    "sea_water_potential_temperature": POTENTIAL,
    "sea_water_temperature": IN_SITU,
    "sea_water_conservative_temperature": CONSERVATIVE,
    "sea_surface_temperature": SURFACE,
    "surface_temperature": SURFACE,
    "sea_surface_foundation_temperature": SURFACE,
    "sea_surface_subskin_temperature": SURFACE,
    "sea_surface_skin_temperature": SKIN,
}
"""Which kind of temperature a standard name means."""
_SEA_WATER = r"(?:(?:sea|ocean)[ -]?(?:water)? )?"
DESCRIBED = {
    POTENTIAL: rf"\bpotential {_SEA_WATER}temperature\b",
    IN_SITU: rf"\bin[- ]?situ {_SEA_WATER}temperature\b|\btemperature\W+in[- ]?situ\b",
}
"""Words of the long name by which one without a standard name says it."""


def linear(units: str, to: str, *, where: str, what: str) -> tuple[float, float]:
    """Scale and offset by which values in `units` become values in `to`.

    Args:
        what: the quantity, for messages, such as `temperature` or `depth`.

    Raises:
        BadData: for a unit that is unknown, of another quantity, or in which nobody gives this one.
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
    """Degrees north or east of positions; `degrees_west` and `degrees_south` change their sign.

    Args:
        axis: `latitude` or `longitude`. Without a unit, values are taken for degrees.

    Raises:
        BadData: for a unit of no angle, or of the other axis.
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
    """`latitude` or `longitude` if a unit says which, such as degrees_north; else ""."""
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


def temperature_kind(attributes: Mapping[Any, Any]) -> str:
    """What a variable's attributes say that it is: a kind of `KINDS`, another thing, or "".

    Another thing is in words that go into a message: `an anomaly`, `a standard error`.

    Returns:
        "" where the attributes do not say.
    """
    text = lambda name: " ".join(str(attributes.get(name, "")).lower().split())
    name, _, modifier = text("standard_name").partition(" ")
    described, methods = text("long_name").replace("_", " "), text("cell_methods")
    if "anomal" in name or re.search(r"\banomal(?:y|ies|ous)\b|\bdeparture\b", described):
        return "an anomaly"
    if modifier:
        return f"a {modifier.replace('_', ' ')}"
    statistic = re.search(r"(?<!_)\b(standard_deviation|variance|range)\b", methods)
    if statistic or re.match(r"(?:standard deviation|standard error|uncertainty)\b", described):
        return f"a {(statistic.group(1) if statistic else described).replace('_', ' ')}"
    kind = KINDS.get(name, f"{name}" if name else "")
    conservative = "conservative temperature" in described
    if conservative and kind in (POTENTIAL, IN_SITU):
        return f"{kind} by its standard name and conservative by its long name"
    if conservative or name:
        return CONSERVATIVE if conservative else kind
    described_as = [kind for kind, words in DESCRIBED.items() if re.search(words, described)]
    return described_as[0] if len(described_as) == 1 else ""


def to_potential(
    kind: str,
    values: ArrayLike,
    salinity: ArrayLike,
    pressure: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
    *,
    where: str,
) -> NDArray[np.float64]:
    """Potential temperature of 0 dbar, °C, of a temperature of sea water; shapes broadcast.

    Args:
        kind: from `temperature_kind`; "" is taken for in situ, as instruments measure.
        values: °C.
        salinity: practical, NaN where unknown. In situ, `ASSUMED_SALINITY` then stands in for it;
            conservative temperature cannot be converted without, and becomes NaN there.

    Raises:
        BadData: for a kind that is no temperature of sea water, or cannot be converted exactly.
    """
    if kind == POTENTIAL:
        return np.asarray(values, dtype=np.float64)
    if kind in ("", IN_SITU):
        return potential_temperature(values, salinity, pressure, latitude, longitude)
    if kind != CONSERVATIVE:
        raise refused(kind, where)
    import gsw

    practical = np.asarray(salinity, dtype=np.float64)
    if not np.isfinite(practical).any():
        raise refused("conservative, without a salinity to convert it by", where)
    absolute = np.asarray(gsw.SA_from_SP(practical, pressure, longitude, latitude))
    absolute = np.where(np.isfinite(absolute), absolute, practical * (35.16504 / ASSUMED_SALINITY))
    return np.asarray(gsw.pt_from_CT(absolute, values), dtype=np.float64)


def refused(kind: str, where: str, wanted: str = "potential or in-situ temperature") -> BadData:
    """The error for a variable that is another thing than what was asked for."""
    return BadData(
        f"the temperature is {kind}",
        where=where,
        fix=f"give a file of {wanted}, or convert it first",
    )
