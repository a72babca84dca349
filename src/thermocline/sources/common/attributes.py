"""What a variable's attributes say that it holds: an anomaly, an error or a trend of a quantity.

Files say so in a modifier of the standard name (CF appendix C), in `cell_methods`, or only in the
long name. Standard names that converters write where they know none are ignored.
"""

import re
from collections.abc import Mapping
from typing import Any

OTHERS = {
    "sea_surface_height_above_sea_level": "an anomaly, a height above the mean sea level",
    "sea_surface_height_above_mean_sea_level": "an anomaly, a height above the mean sea level",
    "sea_surface_height_above_reference_ellipsoid": "a height above the ellipsoid",
}
"""Standard names of quantities that other files call by the same short name as ours."""
_WORDS = (
    (r"\banomal(?:y|ies|ous)\b|\bdepartures?\b", "an anomaly"),
    (r"\bdifferences?\b|\bminus\b", "a difference"),
    (r"\berrors?\b|\buncertaint(?:y|ies)\b", "an error"),
    (r"\bstandard deviations?\b", "a standard deviation"),
    (r"\b(?:co)?variances?\b", "a variance"),
    (r"\btrends?\b|\btendency\b", "a trend"),
    (r"\bbias(?:es)?\b", "a bias"),
)
"""Words of a long name, and what they say that the variable is."""
_CORRECTED = r"\b(?:bias|error)[ -](?:corrected|adjusted|free)\b"
"""Words of a long name that contain one of these, but mean the quantity itself."""
ABSOLUTE = "absolute salinity"
"""What `derived` calls the salinity of TEOS-10; gsw converts it where the position is known."""
_SALINITIES = r"(?<![a-z])(absolute|preformed|reference)[ _]salinity\b"


def derived(attributes: Mapping[Any, Any]) -> str:
    """What a variable is instead of the quantity, such as `an anomaly`; "" if it is that itself."""
    text = lambda name: " ".join(str(attributes.get(name, "")).lower().split())
    name, _, modifier = text("standard_name").partition(" ")
    described = text("long_name").replace("_", " ")
    methods = re.sub(r"\(.*?\)", "", text("cell_methods"))
    if "anomal" in name:
        return "an anomaly"
    if modifier or name in OTHERS:
        return OTHERS.get(name, f"a {modifier.replace('_', ' ')}")
    if statistic := re.search(r"(?<!_)\b(standard_deviation|variance|range)\b", methods):
        return f"a {statistic.group(1).replace('_', ' ')}"
    described = re.sub(_CORRECTED, "", described)
    for words, what in _WORDS:
        if re.search(words, described):
            return what
    salinity = re.search(_SALINITIES, f"{name} {described}")
    return f"{salinity.group(1)} salinity" if salinity else ""


def advice(kind: str, wanted: str) -> str:
    """What to do with a file that holds something else (see `derived`) than what is wanted."""
    if kind.endswith(" salinity"):
        return "convert it to practical salinity first, such as by SP_from_SA of gsw"
    return f"give a file of {wanted} itself"


PLACEHOLDER = re.compile(
    r"-*|none|null|n/?a|un(?:known|defined|specified)|"
    r"not[_ -](?:known|defined|specified|applicable|available)|no[_ -]standard[_ -]name"
)
"""Placeholder standard names, which converters write where they know of none."""


def without_placeholders(attributes: dict[Any, Any]) -> dict[Any, Any]:
    """A variable's attributes, without a placeholder standard name."""
    name = str(attributes.get("standard_name", "")).strip().lower()
    return {
        key: value
        for key, value in attributes.items()
        if key != "standard_name" or not PLACEHOLDER.fullmatch(name)
    }
