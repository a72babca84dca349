"""Kinds of temperature: which one a variable holds, and potential temperature of each."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.sources.common.seawater import ASSUMED_SALINITY, potential_temperature

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
"""The kind of temperature that a standard name means."""
_SEA_WATER = r"(?:(?:sea|ocean)[ -]?(?:water)? )?"
DESCRIBED = {
    POTENTIAL: rf"\bpotential {_SEA_WATER}temperature\b",
    IN_SITU: rf"\bin[- ]?situ {_SEA_WATER}temperature\b|\btemperature\W+in[- ]?situ\b",
}
"""Words in the long name of a variable without a standard name that mean a kind."""


def temperature_kind(attributes: Mapping[Any, Any]) -> str:
    """What a variable is by its attributes.

    Returns:
        A kind of temperature of `KINDS`; or words for a message if it is something else, such as
        `an anomaly`; or "" if the attributes do not say.
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
    """Potential temperature, referred to 0 dbar, in °C; shapes broadcast.

    Args:
        kind: from `temperature_kind`; "" means in situ, as instruments measure.
        values: °C.
        salinity: practical, NaN where unknown. There `ASSUMED_SALINITY` is used to convert
            temperature in situ; conservative temperature becomes NaN.
        pressure: sea pressure, dbar.

    Raises:
        BadData: for anything but a temperature of sea water, and for conservative temperature
            without any salinity.
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
    """The error for a variable that is not the temperature that was asked for."""
    return BadData(
        f"the temperature is {kind}",
        where=where,
        fix=f"give a file of {wanted}, or convert it first",
    )
