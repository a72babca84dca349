"""Which columns of a table are quality flags, and what they flag."""

from thermocline.errors import BadFile, shown
from thermocline.sources.common.column_names import split
from thermocline.sources.flags.schemes import (
    WHOLE_ROW,
    FlagColumn,
    flagged_name,
    flagged_quantity,
    words_of,
)
from thermocline.sources.tables.column_choice import ADJUSTED
from thermocline.sources.tables.columns import Columns


def add_flags(found: Columns, header: list[str], where: str) -> None:
    """Add the columns of flags that flag a quantity or the whole row.

    If several have a name without a quantity, each flags the column before it, as Ocean Data View
    writes them: `Temperature,QF,Salinity,QF`. Flags of unused columns are not used.

    Raises:
        BadFile: for flags that belong to no column.
    """
    stems = [flagged_name(title) for title in header]
    bare = [index for index, stem in enumerate(stems) if stem == ""]
    beside = len(bare) > 1 and all(index > 0 and stems[index - 1] is None for index in bare)
    others = ["_".join(words_of(title)) for title in found.unused]
    # Adjusted values without flags of their own have those of the raw values.
    adjusted = {split(title)[0] for title in found.titles.values()} - set(map(str, stems))
    for index, stem in enumerate(stems):
        if stem is None:
            continue
        title = header[index].strip()
        own = stem in others and stem not in WHOLE_ROW and stem + ADJUSTED not in adjusted
        quantity = None if own else flagged_quantity(stem)
        if stem == "" and beside:
            quantity = next((q for q, i in found.index.items() if i == index - 1), None)
        elif quantity is None and not any(_alike(stem, other) for other in others):
            raise BadFile(
                f"has the column of flags {shown(repr(title))}, but no column of that name without "
                "the flag",
                where=where,
                fix="name it after the column that it flags, such as temperature_QC, or remove the "
                "bad rows and the column",
            )
        if quantity == "absolute_salinity":
            quantity = "salinity"
        if quantity is None:
            found.unused.append(title)
        else:
            found.flags.append(FlagColumn(quantity, title, index))


def _alike(one: str, other: str) -> bool:
    """Whether two names are the same, or one is an abbreviation of the other."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > 2 and long.startswith(short))
