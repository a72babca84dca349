"""The columns of a table: which one holds which quantity, in which unit, and what flags it."""

from dataclasses import dataclass, field

from thermocline.sources.common.temperature import POTENTIAL
from thermocline.sources.flags.schemes import FlagColumn


@dataclass
class Columns:
    """The columns of a table.

    Attributes:
        index: the index of a column, by quantity.
        units: the unit in brackets after its name, by quantity; "" where there is none.
        kind: kind of temperature.
        absolute: whether salinity is absolute, not practical.
        flags: columns of quality flags of the quantities and of whole rows.
        unused: titles of columns that are not used.
        titles: the title of a column, by quantity.
        notes: other decisions about the table, in words.
        not_chosen: indices of columns of a quantity that another column is read for.
    """

    index: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    kind: str = POTENTIAL
    absolute: bool = False
    flags: list[FlagColumn] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    not_chosen: dict[str, int] = field(default_factory=dict)


def leave_unused(found: Columns, quantity: str) -> str:
    """Do not use a quantity's column and its flags; returns its title."""
    del found.index[quantity], found.units[quantity]
    title = found.titles.pop(quantity)
    flags = [flag for flag in found.flags if flag.quantity == quantity]
    found.flags = [flag for flag in found.flags if flag not in flags]
    found.unused += [title, *(flag.title for flag in flags)]
    return title
