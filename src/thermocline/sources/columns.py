"""What the columns of a table are: by their names, with a unit in brackets if there is one."""

import re
from dataclasses import dataclass, field

from thermocline.errors import BadFile, shown
from thermocline.sources.column_names import CLOCKS, DATE_WORDS, DAYS, KINDS, quantity_of, split
from thermocline.sources.flag_columns import (
    WHOLE_ROW,
    FlagColumn,
    flagged_name,
    flagged_quantity,
    words_of,
)
from thermocline.sources.units import POTENTIAL

ABSOLUTE_SALINITY = "absolute_salinity"


@dataclass
class Columns:
    """Indices of a table's columns by quantity.

    Attributes:
        index: of each quantity that the table has.
        units: in brackets behind the names; "" where there are none.
        kind: of temperature.
        absolute: whether salinity is absolute, not practical.
        flags: columns of quality flags of the quantities and of whole rows.
        unused: names of those that are not used.
        titles: of the quantities' columns, as the table has them.
        notes: what else was decided on the table, in words.
    """

    index: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kind: str = POTENTIAL
    absolute: bool = False
    flags: list[FlagColumn] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def find_columns(header: list[str], where: str) -> Columns:
    """Which quantity each column of a table holds.

    Raises:
        BadFile: for two columns of one quantity, none of a needed one, an anomaly, and flags or
            dates that are not understood.
    """
    found = Columns()
    for index, title in enumerate(header):
        if flagged_name(title) is not None:
            continue
        name, unit = split(title)
        if re.match(r"(temp|temperature|thetao|sst)\w*_(anomaly|anom)$", name):
            raise BadFile(
                f"has the column {shown(repr(title.strip()))}, which are anomalies, "
                "not temperatures",
                where=where,
                fix="give temperatures, or rename the column if it is not to be used",
            )
        quantity = quantity_of(name)
        if quantity is None:
            found.unused.append(title.strip())
        elif quantity == "time" and "time" in found.index and _add_clock(found, index, title):
            continue
        elif quantity in found.index:
            raise BadFile(
                f"has two columns of {quantity}: "
                f"{shown(repr(header[found.index[quantity]].strip()))} and "
                f"{shown(repr(title.strip()))}",
                where=where,
                fix="keep the one that is meant",
            )
        else:
            found.index[quantity], found.units[quantity] = index, unit
            found.titles[quantity] = title.strip()
            if quantity == "temperature":
                found.kind = KINDS.get(name.removesuffix("_adjusted"), POTENTIAL)
    if ABSOLUTE_SALINITY in found.index:
        index, unit = found.index.pop(ABSOLUTE_SALINITY), found.units.pop(ABSOLUTE_SALINITY)
        if "salinity" in found.index:
            found.unused.append(header[index].strip())
        else:
            found.index["salinity"], found.units["salinity"] = index, unit
            found.absolute = True
    _add_flags(found, header, where)
    _check_needed(found, where)
    return found


def _add_clock(found: Columns, index: int, title: str) -> bool:
    """Take two columns of dates for one of days and one of the time of day, if so named."""
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


def _add_flags(found: Columns, header: list[str], where: str) -> None:
    """Add the columns of flags that flag a quantity or the whole row.

    Of several that are named after nothing, each flags the column before it, as Ocean Data View
    writes them: `Temperature,QF,Salinity,QF`. Those of columns that are not used are not used.
    """
    stems = [flagged_name(title) for title in header]
    bare = [index for index, stem in enumerate(stems) if stem == ""]
    beside = len(bare) > 1 and all(index > 0 and stems[index - 1] is None for index in bare)
    others = ["_".join(words_of(title)) for title in found.unused]
    for index, stem in enumerate(stems):
        if stem is None:
            continue
        title = header[index].strip()
        own = stem in others and stem not in WHOLE_ROW
        quantity = None if own else flagged_quantity(stem)
        if stem == "" and beside:
            quantity = next((q for q, i in found.index.items() if i == index - 1), None)
        elif quantity is None and not any(_alike(stem, other) for other in others):
            raise BadFile(
                f"has the column of flags {shown(repr(title))}, and no column that it is named "
                "after",
                where=where,
                fix="name it after what it flags, such as temperature_QC, or remove the bad rows "
                "and the column",
            )
        if quantity == ABSOLUTE_SALINITY:
            quantity = "salinity"
        if quantity is None:
            found.unused.append(title)
        else:
            found.flags.append(FlagColumn(quantity, title, index))


def _alike(one: str, other: str) -> bool:
    """Whether two names are the same, or one is an abbreviation of the other."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > 2 and long.startswith(short))


def _check_needed(found: Columns, where: str) -> None:
    missing = [name for name in ("latitude", "longitude") if name not in found.index]
    missing += ["depth"] if not {"depth", "pressure"} & set(found.index) else []
    missing += ["temperature"] if "temperature" not in found.index else []
    if missing:
        raise BadFile(
            f"has no column {', '.join(missing)}",
            where=where,
            fix="the first line must name latitude, longitude, depth and temperature",
        )
    dated = [title for title in found.unused if DATE_WORDS & set(words_of(title))]
    if "time" not in found.index and dated:
        raise BadFile(
            f"has no column time, and {shown(repr(dated[0]))}, which may say the dates",
            where=where,
            fix="write dates in one column: time, in UTC, such as 2008-03-15; or rename the column "
            "if it is not to be used",
        )
