"""Which of two columns of one quantity is read, where their names say it."""

from thermocline.sources.column_names import split

ADJUSTED = "_adjusted"
"""What is behind the names of columns of Argo's adjusted values."""
FIRST = {"ctdsal": "salnty"}
"""CCHDO: salinity of the CTD, as its temperature is, goes before that of bottles."""


def preferred(one: str, other: str) -> str | None:
    """The title of two that goes before the other; None where nothing says which."""
    for title, rest in ((one, other), (other, one)):
        name, left = split(title)[0], split(rest)[0]
        if name == left + ADJUSTED or FIRST.get(name) == left:
            return title
    return None
