"""What names mean, of columns of tables and of variables: quantities, units in brackets, dates."""

import re

from thermocline.sources.common.temperature import CONSERVATIVE, IN_SITU

DAYS = {"date", "date_utc"}
CLOCKS = {"time", "time_utc", "utc", "time_of_day", "hh:mm", "hh:mm:ss"}
"""Names of a column of days, and of a column of the time of day beside it."""

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
"""Names of each quantity, in lower case, with _ for spaces."""

KINDS = {
    "sea_water_temperature": IN_SITU,
    "ctdtmp": IN_SITU,
    "conservative_temperature": CONSERVATIVE,
    "sea_water_conservative_temperature": CONSERVATIVE,
}
"""Kinds of temperature by name; any other name means potential temperature."""

DATE_WORDS = {"time", "date", "datetime", "timestamp", "juld", "julian", "doy", "utc", "gmt"}
DATE_WORDS |= {"year", "yyyy", "yr", "yearday", "month", "day", "yyyymmdd", "epoch"}
"""Words in the name of a column that may hold dates."""

DATE_FORMAT = r"yyyy-?mm-?dd(?:[t ]?hh:?mm(?::?ss(?:\.s+)?)?)?"
"""A date format in lower case, as the name of ODV's column of dates, or as a unit."""
UTC = re.compile(
    rf"(?:{DATE_FORMAT}|hh:?mm(?::?ss(?:\.s+)?)?|utc(?:[+-]00?(?::?00)?)?|gmt|z|"
    r"iso(?:[ -]?8601)?|[\s,;])*",
    re.IGNORECASE,
)
"""What may be in brackets after the name of a column of dates in UTC."""


def quantity_of(name: str) -> str | None:
    """The quantity that a name in lower case means, with or without `_adjusted`; None if none."""
    plain = name.removesuffix("_adjusted")
    if re.fullmatch(rf"{DATE_FORMAT}z?", plain):
        return "time"
    return next((quantity for quantity, names in ALIASES.items() if plain in names), None)


LONGEST = 200
"""Most characters of a title; a longer one is not the name of any quantity."""


def split(title: str) -> tuple[str, str]:
    """A column's name, in lower case with _ for spaces, and the unit in brackets after it."""
    if len(title) > LONGEST:
        return title, ""
    match = re.fullmatch(r"(.*?)\s*(?:[\[(](.*)[\])])?", title.strip().strip('"'))
    assert match is not None
    return re.sub(r"\s+", "_", match[1].strip().lower()), (match[2] or "").strip()
