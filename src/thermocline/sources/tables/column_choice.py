"""Which of several columns of one quantity is read, where their names say it."""

from functools import reduce

from thermocline.sources.common.column_names import quantity_of, split
from thermocline.sources.flags.schemes import flagged_name

ADJUSTED = "_adjusted"
"""What is behind the names of columns of Argo's adjusted values."""
FIRST = {"ctdsal": "salnty"}
"""CCHDO: salinity of the CTD, as its temperature is, goes before that of bottles."""
WEAK = {"press", "depth_water", "sal", "ctdsal", "salnty", "salinity,_practical"}
"""Names that count only where no other name of the same is there: `press` may be of the air."""
SAME = {"pressure": "depth", "absolute_salinity": "salinity"}
"""Quantities of which a table needs only one, as the other says the same."""


def preferred(one: str, other: str) -> str | None:
    """The title of two that goes before the other; None where nothing says which."""
    for title, rest in ((one, other), (other, one)):
        name, left = split(title)[0], split(rest)[0]
        if name == left + ADJUSTED or FIRST.get(name) == left:
            return title
    return None


def is_weak(title: str) -> bool:
    """Whether a column is called by one of the names that do not always count."""
    return split(title)[0].removesuffix(ADJUSTED) in WEAK


def has_weak_salinity(titles: dict[str, str]) -> bool:
    """Whether the salinity, by the titles of the quantities, is called so.

    Nothing that its column holds makes a table fail.
    """
    return is_weak(titles.get("salinity", ""))


def passed_over(header: list[str]) -> set[int]:
    """Indices of the columns that do not count, for another of the same quantity is there.

    Of several weak names of salinity the preferred one counts, else the first.
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
