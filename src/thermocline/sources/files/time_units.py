"""Units of time, such as `days since 1950-01-01`: the unit, its reference date and time zone.

Units are either understood or refused; nothing is guessed.
"""

import re
from datetime import timedelta

from thermocline.errors import BadFile, shown

NAMES = {
    86400.0: "days",
    3600.0: "hours",
    60.0: "minutes",
    1.0: "seconds",
    1e-3: "milliseconds",
    1e-6: "microseconds",
    1e-9: "nanoseconds",
}
SECONDS = {name: seconds for seconds, name in NAMES.items()}
_REFERENCE = re.compile(
    r"(?P<date>[+-]?(\d{4,5}|[1-9]\d{0,2})-\d{1,2}(?P<day>-\d{1,2})?)"
    r"([T\s]\s*(?P<time>\d{1,2}(:\d{1,2}(:\d{1,2}(\.\d*)?)?)?))?"
    r"\s*(Z|UTC|GMT|(?<=[:.\s]..|\d\d\s)(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:since|from|after|as)\b(?P<when>.*)", re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class UndatedTime(BadFile):
    """Raised for times whose units do not say which dates they are."""


def parse_units(units: str, where: str, name: str) -> tuple[str, float, str, timedelta]:
    """The parts of units of time.

    Returns:
        A unit that xarray knows, or `months`; the factor to it; the reference date; and the offset
        of its time zone from UTC.
    """
    unit, since, rest = (re.split(r"(\s+since\s+)", units.strip(), flags=re.IGNORECASE) + [""] * 2)[
        :3
    ]
    found = _REFERENCE.fullmatch(_with_hyphens(rest.strip()))
    if found is None:
        said = f"the units {shortened(units)}" if units.strip() else "no units"
        lack = "name no date" if since else "do not say since when"
        zone = " in a zone that is known" if re.match(r"\d+-\d+-\d+", rest) else ""
        raise UndatedTime(
            f"{name} has {shown(said)}, which {lack}{zone}",
            where=where,
            fix="write units such as `days since 1950-01-01 00:00:00`, in UTC or with ±hh:mm",
        )
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    date = found["date"] if found["day"] else f"{found['date']}-01"
    clock = found["time"] or "00:00:00"
    reference = f"{date} {clock if ':' in clock else clock + ':00'}"
    plain, factor = unit.lower().removesuffix("s") + "s", 1.0
    if plain not in SECONDS and plain != "months":
        factor = _in_seconds(unit, where, name)
        plain, factor = (NAMES[factor], 1.0) if factor in NAMES else ("seconds", factor)
    return plain, factor, reference, -offset if found["sign"] == "-" else offset


def names_a_date(units: str) -> bool:
    """Whether units name a reference date; the year 0 is that of a climatology, and no date."""
    found = _SINCE.search(units)
    return found is not None and not re.match(r"\s*[-+]?0{1,4}(\D|$)", found["when"])


def _with_hyphens(text: str) -> str:
    """A date such as 2008/01/31 or 31-JAN-2008 in the form of ISO 8601."""
    text = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3", text)
    found = re.match(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", text)
    if found and found[2].lower() in _MONTHS:
        month = _MONTHS.index(found[2].lower()) + 1
        text = f"{found[3]}-{month:02d}-{found[1]}{text[found.end() :]}"
    return text


def _in_seconds(unit: str, where: str, name: str) -> float:
    """Length in seconds of a unit of time that UDUNITS knows."""
    import cf_units

    for spelling in dict.fromkeys((unit, unit.lower(), unit.lower().removesuffix("s"))):
        try:
            length = cf_units.Unit(spelling)
        except ValueError:
            continue
        if length.is_convertible("seconds") and "year" not in spelling and "month" not in spelling:
            return float(length.convert(1.0, "seconds"))
    raise BadFile(
        f"{name} is counted in {shown(shortened(unit))}, which is no fixed length of time",
        where=where,
        fix="count days, hours, minutes or seconds (or parts of one), or calendar months",
    )


def shortened(text: str) -> str:
    return repr(" ".join(text.split())[:60])
