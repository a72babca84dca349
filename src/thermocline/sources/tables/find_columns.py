"""Which quantity each column of a table holds, by its name and the unit in brackets after it."""

import re

from thermocline.errors import BadFile, shown
from thermocline.sources.common.column_names import (
    CLOCKS,
    DATE_WORDS,
    DAYS,
    KINDS,
    quantity_of,
    split,
)
from thermocline.sources.common.temperature import POTENTIAL
from thermocline.sources.flags.schemes import flagged_name, words_of
from thermocline.sources.tables.column_choice import ADJUSTED, ignored_columns, preferred
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.flag_columns import add_flags

ABSOLUTE_SALINITY = "absolute_salinity"


def find_columns(header: list[str], where: str) -> Columns:
    """Which quantity each column of a table holds.

    Raises:
        BadFile: for two columns of one quantity, a missing column, an anomaly, and for flags or
            dates that are not understood.
    """
    found, over = Columns(), ignored_columns(header)
    for index, title in enumerate(header):
        if flagged_name(title) is not None:
            continue
        name, unit = split(title)
        if re.match(r"(temp|temperature|thetao|sst)\w*_(anomaly|anom)$", name):
            raise BadFile(
                f"has the column {shown(repr(title.strip()))}, which holds anomalies, "
                "not temperatures",
                where=where,
                fix="give temperatures, or rename the column if it must not be used",
            )
        quantity = None if index in over else quantity_of(name)
        if quantity is None:
            found.unused.append(title.strip())
        elif quantity == "time" and "time" in found.index and _add_clock(found, index, title):
            continue
        elif quantity in found.index and preferred(found.titles[quantity], title.strip()):
            _choose(found, quantity, index, title)
        elif quantity in found.index:
            raise BadFile(
                f"has two columns of {quantity}: "
                f"{shown(repr(header[found.index[quantity]].strip()))} and "
                f"{shown(repr(title.strip()))}",
                where=where,
                fix="keep the column that is meant",
            )
        else:
            _take(found, quantity, index, title)
    if ABSOLUTE_SALINITY in found.index:
        index, unit = found.index.pop(ABSOLUTE_SALINITY), found.units.pop(ABSOLUTE_SALINITY)
        if "salinity" in found.index:
            found.unused.append(header[index].strip())
        else:
            found.index["salinity"], found.units["salinity"] = index, unit
            found.absolute = True
    add_flags(found, header, where)
    _check_needed(found, where)
    return found


def _take(found: Columns, quantity: str, index: int, title: str) -> None:
    name, found.units[quantity] = split(title)
    found.index[quantity], found.titles[quantity] = index, title.strip()
    if quantity == "temperature":
        found.kind = KINDS.get(name.removesuffix(ADJUSTED), POTENTIAL)


def _choose(found: Columns, quantity: str, index: int, title: str) -> None:
    """Read the preferred one of two columns of a quantity."""
    there, at = found.titles[quantity], found.index[quantity]
    if preferred(there, title.strip()) == there:
        there, at = title.strip(), index
    else:
        _take(found, quantity, index, title)
    found.unused.append(there)
    found.not_chosen[quantity] = at
    found.notes.append(f"{found.titles[quantity]} is read, not {there}")


def _add_clock(found: Columns, index: int, title: str) -> bool:
    """Use two columns of dates as one of days and one of times of day, if their names say so."""
    both = {found.titles["time"]: found.index["time"], title.strip(): index}
    names = {split(each)[0]: each for each in both}
    day, clock = ([n for n in names if n in kind] for kind in (DAYS, CLOCKS))
    if "clock" in found.index or len(day) != 1 or len(clock) != 1:
        return False
    for quantity, name in (("time", day[0]), ("clock", clock[0])):
        found.titles[quantity] = names[name]
        found.index[quantity] = both[names[name]]
        found.units[quantity] = split(names[name])[1]
    return True


def _check_needed(found: Columns, where: str) -> None:
    missing = [name for name in ("latitude", "longitude") if name not in found.index]
    missing += ["depth"] if not {"depth", "pressure"} & set(found.index) else []
    missing += ["temperature"] if not {"temperature", "salinity"} & set(found.index) else []
    if missing:
        others = ", ".join(repr(title) for title in found.unused if title)
        beside = f" (of its others, {shown(others, 80)}, none says which it is)" if others else ""
        raise BadFile(
            f"has no column {', '.join(missing)}{beside}",
            where=where,
            fix="the first line must name latitude, longitude, depth and temperature (or salinity)",
        )
    dated = [title for title in found.unused if DATE_WORDS & set(words_of(title))]
    if "time" not in found.index and dated:
        raise BadFile(
            f"has no column time, and {shown(repr(dated[0]))}, which may say the dates",
            where=where,
            fix="write dates in one column: time, in UTC, such as 2008-03-15; or rename the column "
            "if it must not be used",
        )
