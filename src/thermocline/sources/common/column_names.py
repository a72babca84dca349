"""What the names of a table's columns mean: quantities, and words of a date."""

import re

from thermocline.sources.common.units import CONSERVATIVE, IN_SITU

DAYS = {"date", "date_utc"}
CLOCKS = {"time", "time_utc", "utc", "time_of_day", "hh:mm", "hh:mm:ss"}
"""Names of a column of days, and of the time of day beside it."""

ALIASES = {
    "latitude": {"latitude", "lat"},
    "longitude": {"longitude", "lon", "long"},
    "depth": {"depth", "depth_m", "deph", "depth_water"},
    "pressure": {"pressure", "pres", "press", "sea_water_pressure", "ctdprs"},
    "temperature": {
        "temperature",
        "temp",
        "thetao",
        "potential_temperature",
        "sea_water_temperature",
        "sea_water_potential_temperature",
        "conservative_temperature",
        "sea_water_conservative_temperature",
        "ctdtmp",
    },
    "time": {
        "time",
        "date",
        "datetime",
        "date_time",
        "date/time",
        "timestamp",
        "time_stamp",
        "time_utc",
        "date_utc",
        "datetime_utc",
        "date_time_utc",
        "utc",
        "juld",
        *CLOCKS,
    },
    "salinity": {
        "salinity",
        "so",
        "psal",
        "sal",
        "ctdsal",
        "salnty",
        "sea_water_salinity",
        "sea_water_practical_salinity",
        "salinity,_practical",
    },
    "absolute_salinity": {"absolute_salinity", "sea_water_absolute_salinity"},
    "error": {"error", "temperature_error"},
    "platform": {"platform", "platform_number", "station"},
}
"""Names of each quantity, in small letters, with _ for spaces."""

KINDS = {
    "sea_water_temperature": IN_SITU,
    "ctdtmp": IN_SITU,
    "conservative_temperature": CONSERVATIVE,
    "sea_water_conservative_temperature": CONSERVATIVE,
}
"""Kinds of temperature that a name says; a temperature that says none is potential."""

DATE_WORDS = {"time", "date", "datetime", "timestamp", "juld", "julian", "doy", "utc", "gmt"}
DATE_WORDS |= {"year", "yyyy", "yr", "yearday", "month", "day", "yyyymmdd", "epoch"}
"""Words of a column that may say when a row was measured."""

DATE_FORMAT = r"yyyy-?mm-?dd(?:[t ]?hh:?mm(?::?ss(?:\.s+)?)?)?"
"""A form of dates in small letters, as ODV names their column, or as their unit."""
UTC = re.compile(
    rf"(?:{DATE_FORMAT}|hh:?mm(?::?ss(?:\.s+)?)?|utc(?:[+-]00?(?::?00)?)?|gmt|z|"
    r"iso(?:[ -]?8601)?|[\s,;])*",
    re.IGNORECASE,
)
"""What may stand in brackets behind the name of dates in UTC."""


def quantity_of(name: str) -> str | None:
    """The quantity that a name in small letters means, adjusted or not."""
    plain = name.removesuffix("_adjusted")
    if re.fullmatch(rf"{DATE_FORMAT}z?", plain):
        return "time"
    return next((quantity for quantity, names in ALIASES.items() if plain in names), None)


LONGEST = 200
"""Characters of a title that are looked at; a longer one is the name of nothing."""


def split(title: str) -> tuple[str, str]:
    """A column's name, in small letters with _ for spaces, and the unit behind it."""
    if len(title) > LONGEST:
        return title, ""
    match = re.fullmatch(r"(.*?)\s*(?:[\[(](.*)[\])])?", title.strip().strip('"'))
    assert match is not None
    return re.sub(r"\s+", "_", match[1].strip().lower()), (match[2] or "").strip()
