"""Chooses a map of a file by its date."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.answers.dates import MAP_DATE
from thermocline.errors import BadData

LISTED = 12
"""So many dates are listed, if none is asked for."""


def the_map(times: NDArray, date: str | None, where: str) -> tuple[int, Any]:
    """Number and time of the map that is meant; the time is None if it has none.

    Args:
        times: of all maps; plain numbers are no times.
        date: a day, or as much of a time as says which; None if there is a single map.
        where: the file, for errors.

    Raises:
        BadData: if none or several are meant; it names those that are nearest.
    """
    known = [str(time)[:19].replace(" ", "T") if is_dated(time) else "" for time in times]
    start = "" if date is None else date.strip(" ").replace(" ", "T")
    if date is not None and not re.fullmatch(MAP_DATE, start):
        raise BadData(f"not a date: {date!r}", where="date", fix='give a day, such as "2008-03-14"')
    if not any(known) and (date is not None or len(times) > 1):
        raise _undated(len(times), where)
    found = [k for k, stamp in enumerate(known) if stamp.startswith(start)]
    if len(found) == 1 and (date is None or known[found[0]]):
        (number,) = found
        return number, times[number] if known[number] else None
    span = "it has a single map" if len(times) == 1 else f"it has {len(times)} maps"
    if date is None:
        raise BadData(span, where=where, fix=f"say which by its date{_listed(known)}")
    what = "no map" if not found else f"{len(found)} maps"
    near = [known[k] for k in found[:2]] if found else _around(start, known)
    such = " or ".join(time.removesuffix("T00:00:00") for time in near)
    fix = "give the date of one of them" + (f", such as {such}" if such else "")
    raise BadData(f"{what} of {date}; {span}", where=where, fix=fix)


def _undated(count: int, where: str) -> BadData:
    if count == 1:
        return BadData("its only map has no date", where=where, fix="leave the date out")
    return BadData(
        f"its {count} maps have no dates", where=where, fix="give one map alone, or dates to all"
    )


def _listed(known: Sequence[str]) -> str:
    """The dates that there are, of many the first and the last; "" if there are none."""
    dates = sorted(filter(None, known))
    days = [time[:10] for time in dates]
    if len(set(days)) == len(days):
        dates = days
    if len(dates) > LISTED:
        return f", from {dates[0]} to {dates[-1]}"
    return f": {', '.join(dates)}" if dates else ""


def _around(start: str, known: Sequence[str]) -> list[str]:
    """The last time before `start`, and the first one after it, of those that are known."""
    before, after = ({k for k in known if k and (k > start) == later} for later in (False, True))
    return [time for time in (max(before, default=""), min(after, default="")) if time]


def is_dated(time: Any) -> bool:
    """Whether a time is a date at all: readers leave what cannot be decoded as plain numbers."""
    return not np.isnat(time) if isinstance(time, np.datetime64) else hasattr(time, "calendar")


def day_of(time: Any) -> np.datetime64:
    """The day in the common calendar; the last of the month for days that only others have."""
    if time is None:
        return np.datetime64("NaT", "D")
    month = np.datetime64(str(time)[:7], "M")
    last = (month + 1).astype("datetime64[D]") - 1
    day = month.astype("datetime64[D]") + (int(str(time)[8:10]) - 1)
    return min(day, last)
