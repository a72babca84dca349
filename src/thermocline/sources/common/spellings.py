"""Spellings of units that udunits does not know, or understands otherwise than meant.

udunits (cf-units) knows all correct spellings, but it also accepts wrong ones with another meaning:
`C` is a coulomb, `ppt` a pico-part, `degree-Celsius` an angle times a temperature. So common
spellings are translated first, and `plausible` checks what udunits makes of the others.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cf_units import Unit

DEGREE = r"(?:deg(?:ree)?s?\.?|°|º|˚|\xc2\xb0)"
TEMPERATURE = rf"(?:(?:{DEGREE}|o)?[ _.-]*)"
METRES = r"m(?:et(?:er|re)s?)?\.?"
SCALE = r"(?:ITS|IPTS)[- ]?(?:19)?(?:90|68)"
"""Temperature scales in °C, which differ by less than 0.01 °C."""
WATER = r"(?:salt|fresh|sea)[- ]?water"
SURFACE = r"(?:the )?(?:(?:sea|ocean|water)[ _]?)?(?:surface|level)|sea"
SPELLINGS = (
    (rf"{TEMPERATURE}(?:c|celsius|celcius|centigrades?)\.?", "degC"),
    (rf"(?:celsius|celcius)[ _-]*{DEGREE}", "degC"),
    (rf"{TEMPERATURE}(?:k|kelvins?)\.?", "K"),
    (rf"{TEMPERATURE}(?:f|fahrenheit)\.?", "degF"),
    (rf"(?:(?:decimal|dec\.?)[ _-]*)?(?!degs\.?$){DEGREE}(?:[ _-]*\(?decimal\)?)?", "degrees"),
    (r"(?:psu|pps|pss|p\.s\.[uts]\.?)(?:[- ]?(?:19)?78)?|practical salinity units?", "1e-3"),
    (r"(?:1978 )?practical salinity scale(?: of)?(?: 1978)?(?: \(pss-?78\))?", "1e-3"),
    (r"ppt|‰|o/oo|0/00|per ?mil(?:le)?|pro ?mille|parts per (?:thousand|mille?)", "1e-3"),
    (r"fractions?|dimension-?less|unit-?less|no[ _]units?|none|-", "1"),
    (r"%|percent(?:age)?|per cent|pct", "percent"),
    (r"db|d-?bars?|deci-?bars?(?:\s*=\s*10000 pascals?)?", "dbar"),
    (rf"{METRES}(?:[ _,]+(?:below|beneath|under)[ _]+(?:{SURFACE}))?", "m"),
    (r"nmi|nautical miles?", "nautical_mile"),
)
"""Regular expressions, in lower case, and the spelling of udunits that they mean."""


@lru_cache(maxsize=512)
def unit_of(text: str) -> "Unit | None":
    """The unit that a `units` attribute means; None if it is not known."""
    from cf_units import Unit

    if len(text) > 100:
        return None
    plain = re.sub(r"^1(?:\.0*)?[ *]+(?=\D)", "", _without_scale(" ".join(str(text).split())))
    twice = re.fullmatch(r"(.+?) ?[(\[](.+)[)\]]", plain)
    if twice and unit_of(twice[1]) is not None and unit_of(twice[1]) == unit_of(twice[2]):
        return unit_of(twice[1])
    if re.fullmatch(r"degs\.?", plain.lower()):
        return None  # degrees, or degrees south
    found = (right for wrong, right in SPELLINGS if re.fullmatch(wrong, plain.lower()))
    for spelling in (next(found, plain), plain.lower()):
        try:
            unit = Unit(spelling)
        except ValueError:
            continue
        return None if unit.is_unknown() or unit.is_no_unit() else unit
    return None


def _without_scale(text: str) -> str:
    """A unit without its temperature scale or kind of water: `deg C` of `ITS-90, deg C`."""
    if re.fullmatch(SCALE, text, re.IGNORECASE):
        return "degC"
    words = rf"(?:{SCALE}|{WATER})"
    before, behind = rf"^{words}[\s,]+(?=\S)", rf"\s*[,\s(\[]\s*{words}[)\]]?$"
    return re.sub(f"{before}|{behind}", "", text, flags=re.IGNORECASE)


SCALES = {
    "1e-3": (1, 10, 1e3, 1e-3),
    "1": (1, 0.1, 0.01),
    "m": (1, 0.1, 0.01, 1e-3, 1e3, 0.3048, 0.9144, 1.8288, 1852),
    "dbar": (1, 1e-4, 0.01, 0.1, 10, 100, 10.1325, 0.689476),
    "degrees": (1, 57.29578, 1 / 60, 1 / 3600, 0.9),
    "m s-1": (1, 0.1, 0.01, 1e-3, 1e3, 1 / 3.6, 0.514444, 1 / 86400, 0.01 / 86400, 1 / 86.4),
    "kg m-2": (1, 10, 1e3, 1e-3),
}
"""Allowed factors from a unit of a file to our unit; any other means that it was misread."""


def plausible(units: str, to: str, scale: float, offset: float) -> bool:
    """Whether a quantity in `to` is ever given in units with this scale and offset."""
    if to == "degC":
        if offset > -200:  # °C, °F
            return (round(scale, 4), round(offset, 2)) in {(1, 0), (0.5556, -17.78)}
        # `0.1 degC` has this offset, too, but it is a misreading.
        return "k" in units.lower() and _near(scale, (1, 0.1, 0.01, 1e-3))
    if to in ("1", "1e-3") and "rad" in units.lower():
        return False  # to udunits an angle is a number
    return offset == 0 and _near(scale, SCALES.get(to, (scale,)))


def _near(scale: float, allowed: tuple[float, ...]) -> bool:
    return any(abs(scale / one - 1) < 1e-4 for one in allowed)
