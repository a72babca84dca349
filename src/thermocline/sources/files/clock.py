"""Times, of gridded files in any CF calendar and of observations: decoded by xarray.

Everything that a time's units may say is read or refused by name; nothing is guessed. Numbers
without a unit, or with one that names no date, raise `UndatedTime`.
"""

import re
import warnings
from datetime import timedelta
from typing import Any

import cftime
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadFile, shown

_NAMES = {
    86400.0: "days",
    3600.0: "hours",
    60.0: "minutes",
    1.0: "seconds",
    1e-3: "milliseconds",
    1e-6: "microseconds",
    1e-9: "nanoseconds",
}
_SECONDS = {name: seconds for seconds, name in _NAMES.items()}
_REFERENCE = re.compile(
    r"(?P<date>[+-]?(\d{4,5}|[1-9]\d{0,2})-\d{1,2}(?P<day>-\d{1,2})?)"
    r"([T\s]\s*(?P<time>\d{1,2}(:\d{1,2}(:\d{1,2}(\.\d*)?)?)?))?"
    r"\s*(Z|UTC|GMT|(?<=[:.\s]..|\d\d\s)(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?)?",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\b(?:since|from|after|as)\b(?P<when>.*)", re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_REAL = {"standard", "gregorian", "proleptic_gregorian", "julian"}
UNREAL = {"noleap", "365_day", "360_day", "all_leap", "366_day"}
"""Calendars of which nobody observes a day."""
_EPOCH_JULIAN_DATE = 2_440_587.5  # of 1970-01-01T00:00


class UndatedTime(BadFile):
    """Numbers that do not say which dates they are."""


def decode_time(
    values: ArrayLike, units: str, calendar: str = "standard", *, where: str, name: str = "time"
) -> NDArray:
    """Dates of numbers [T] in CF units such as `days since 1950-01-01`, in their calendar.

    datetime64[ns] where they fit and the calendar is a real one, else cftime objects; NaT where
    a number is missing. `months since` counts calendar months, a fraction being that share of the
    month. Dates that are decoded already are returned as they are.

    Raises:
        UndatedTime: for numbers without units, or whose units name no date.
        BadFile: for a unit that is no length of time, a zone or a calendar that is none.
    """
    numbers = np.atleast_1d(np.asarray(values))
    if numbers.dtype.kind in "MO":
        return numbers
    if numbers.dtype.kind not in "fiu":
        raise BadFile(f"{name} holds no numbers", where=where, fix="give times as numbers")
    calendar = calendar.strip().lower() or "standard"
    if calendar not in _REAL | UNREAL:
        raise BadFile(
            f"{name} has the calendar {shown(repr(calendar))}, which CF does not know",
            where=where,
            fix="write one of CF's, such as standard or noleap",
        )
    unit, factor, reference, shift = _parts(units, where, name)
    absent = ~np.isfinite(numbers)
    some = numbers[~absent].ravel()[:1] if not absent.all() else numbers.dtype.type(0)
    numbers = np.where(absent, some, numbers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dates that do not fit datetime64
            if unit == "months":
                decoded = _months(numbers.astype(np.float64), reference, calendar)
            else:
                numbers = numbers if factor == 1 else numbers * factor
                attributes = {"units": f"{unit} since {reference}", "calendar": calendar}
                raw = xr.Variable("time", numbers, attributes)
                decoded = xr.coders.CFDatetimeCoder().decode(raw, name).values
    except (ValueError, OverflowError, TypeError) as problem:
        raise UndatedTime(
            f"{name} has units that name no date of its calendar: "
            f"{shown(_short(units))}, {calendar}",
            where=where,
            fix="write units such as `days since 1950-01-01`",
        ) from problem
    if shift:
        decoded = decoded - (shift if decoded.dtype == object else np.timedelta64(shift))
    none = np.array(np.datetime64("NaT"))
    if decoded.dtype == object:
        none = np.empty((), object)
        none[()] = np.datetime64("NaT")
    return np.where(absent, none, decoded) if absent.any() else decoded


def days_of(times: NDArray) -> NDArray[np.datetime64]:
    """The day of each time [T] of any calendar, as `decode_time` gives them: datetime64[D].

    NaT for what is no date, and for days that the common calendar does not have, such as the
    30th of February of a calendar of 360 days.
    """
    if times.dtype.kind == "M":
        return times.astype("datetime64[D]")

    def day(time: Any) -> np.datetime64:
        try:
            return np.datetime64(f"{time.year:04d}-{time.month:02d}-{time.day:02d}", "D")
        except (AttributeError, ValueError):
            return np.datetime64("NaT", "D")

    return np.array([day(time) for time in times.ravel()], "datetime64[D]").reshape(times.shape)


def dates(
    values: ArrayLike, units: str, calendar: str, where: str, name: str = "time"
) -> NDArray[np.datetime64]:
    """datetime64[ns] of observations' times, rounded to milliseconds; NaT where missing.

    Julian and mixed calendars count the same days as ours and are converted by day number; dates
    outside 1678–2261 do not fit and become NaT. Raises BadFile as `decode_time` does, and for a
    calendar in which nothing is observed.
    """
    if calendar.strip().lower() in UNREAL:
        raise BadFile(
            f"{name} has the calendar {calendar.strip()}, in which nothing is observed",
            where=where,
            fix="give it in the standard calendar",
        )
    numbers: np.ma.MaskedArray = np.ma.atleast_1d(np.ma.masked_invalid(np.ma.asarray(values)))
    unit, factor = _parts(units, where, name)[:2]
    # No date of ours is 100,000 years away: such a number is a fill value nobody declared.
    absurd = 3.2e12 / (_SECONDS.get(unit, 2.6e6) * factor)
    absent = np.ma.getmaskarray(numbers) | (np.abs(numbers.filled(0).astype(float)) > absurd)
    filled = np.where(absent, numbers.dtype.type(0), numbers.filled(0))
    decoded = decode_time(filled, units, calendar, where=where, name=name)
    if decoded.dtype == object:
        julian = np.array([date.toordinal(fractional=True) for date in decoded])
        stamp = np.round((julian - _EPOCH_JULIAN_DATE) * 86_400_000)
        inside = np.abs(stamp) < 9.2e12
        decoded = np.where(inside, stamp, 0).astype("datetime64[ms]")
        absent = absent | ~inside
    nearest = (decoded + np.timedelta64(500, "us")).astype("datetime64[ms]")
    return np.where(absent, np.datetime64("NaT"), nearest).astype("datetime64[ns]")


def _parts(units: str, where: str, name: str) -> tuple[str, float, str, timedelta]:
    """A unit that xarray knows (or months), how many of it one is, since when, and the zone."""
    unit, since, rest = (re.split(r"(\s+since\s+)", units.strip(), flags=re.IGNORECASE) + [""] * 2)[
        :3
    ]
    found = _REFERENCE.fullmatch(_with_hyphens(rest.strip()))
    if found is None:
        said = f"the units {_short(units)}" if units.strip() else "no units"
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
    if plain not in _SECONDS and plain != "months":
        factor = _in_seconds(unit, where, name)
        plain, factor = (_NAMES[factor], 1.0) if factor in _NAMES else ("seconds", factor)
    return plain, factor, reference, -offset if found["sign"] == "-" else offset


def names_a_date(units: str) -> bool:
    """Whether units mean to say since when; since the year 0 a climatology counts, of no year."""
    found = _SINCE.search(units)
    return found is not None and not re.match(r"\s*[-+]?0{1,4}(\D|$)", found["when"])


def _with_hyphens(text: str) -> str:
    """A date as ISO 8601 has it: 2008/01/31 and 31-JAN-2008 mean nothing else."""
    text = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})", r"\1-\2-\3", text)
    found = re.match(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", text)
    if found and found[2].lower() in _MONTHS:
        month = _MONTHS.index(found[2].lower()) + 1
        text = f"{found[3]}-{month:02d}-{found[1]}{text[found.end() :]}"
    return text


def _in_seconds(unit: str, where: str, name: str) -> float:
    """Seconds in one of UDUNITS' units of time."""
    import cf_units

    for spelling in dict.fromkeys((unit, unit.lower(), unit.lower().removesuffix("s"))):
        try:
            length = cf_units.Unit(spelling)
        except ValueError:
            continue
        if length.is_convertible("seconds") and "year" not in spelling and "month" not in spelling:
            return float(length.convert(1.0, "seconds"))
    raise BadFile(
        f"{name} is counted in {shown(_short(unit))}, which is no fixed length of time",
        where=where,
        fix="count days, hours, minutes or seconds (or parts of one), or calendar months",
    )


def _months(numbers: NDArray[np.float64], reference: str, calendar: str) -> NDArray:
    start = cftime.num2date(0, f"days since {reference}", calendar)
    if start.day > 28:
        raise ValueError("not every month has that day")

    def moment(count: float) -> Any:
        whole = int(np.floor(count))
        begin, end = (
            start.replace(year=start.year + months // 12, month=months % 12 + 1)
            for months in (start.month - 1 + whole, start.month + whole)
        )
        return begin + (count - whole) * (end - begin)

    decoded = np.array([moment(number) for number in numbers], dtype=object)
    if calendar in _REAL - {"julian"} and all(1678 <= date.year < 2262 for date in decoded):
        return np.array([np.datetime64(date.isoformat(), "ns") for date in decoded])
    return decoded


def _short(text: str) -> str:
    return repr(" ".join(text.split())[:60])
