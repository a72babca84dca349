"""The choice between several columns of one quantity, by their names."""

from functools import reduce

from thermocline.sources.common.column_names import quantity_of, split
from thermocline.sources.flags.schemes import flagged_name

ADJUSTED = "_adjusted"
"""Suffix of the names of Argo's adjusted values."""
FIRST = {"ctdsal": "salnty"}
"""Columns that go before another one. CCHDO: salinity of the CTD before that of bottles."""
WEAK = {"press", "depth_water", "sal", "ctdsal", "salnty", "salinity,_practical"}
"""Names that are read only if the quantity has no other column: `press` may be of the air."""
SAME = {"pressure": "depth", "absolute_salinity": "salinity"}
"""Pairs of quantities of which a table needs only one."""


def preferred(one: str, other: str) -> str | None:
    """The title, of two, of the column to read; None if their names do not say which."""
    for title, rest in ((one, other), (other, one)):
        name, left = split(title)[0], split(rest)[0]
        if name == left + ADJUSTED or FIRST.get(name) == left:
            return title
    return None


def is_weak(title: str) -> bool:
    """Whether a column has one of the names in `WEAK`."""
    return split(title)[0].removesuffix(ADJUSTED) in WEAK


def has_weak_salinity(titles: dict[str, str]) -> bool:
    """Whether the salinity is read from a column with a weak name, by titles of quantities.

    Impossible values in such a column are no error.
    """
    return is_weak(titles.get("salinity", ""))


def ignored_columns(header: list[str]) -> set[int]:
    """Indices of columns with a weak name whose quantity has another column.

    Of several weak names of salinity the preferred one is read, else the first.
    """
    firm: set[str] = set()
    weak: dict[int, str] = {}
    for index, title in enumerate(header):
        quantity = quantity_of(split(title)[0])
        if quantity is None or flagged_name(title) is not None:
            continue
        same = SAME.get(quantity, quantity)
        if is_weak(title):
            weak[index] = same
        else:
            firm.add(same)
    over = {index for index, same in weak.items() if same in firm}
    salty = [index for index, same in weak.items() if same == "salinity" and index not in over]
    if salty:
        over |= {*salty} - {reduce(lambda a, b: b if _is_first(header, b, a) else a, salty)}
    return over


def _is_first(header: list[str], one: int, other: int) -> bool:
    return preferred(header[one], header[other]) == header[one] != header[other]
