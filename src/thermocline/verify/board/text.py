"""How numbers, dates and tables are written in a report."""

from calendar import month_name
from collections.abc import Sequence


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; the first column is text, the others numbers."""
    ruler = ["---"] + ["---:"] * (len(headings) - 1)
    return ["| " + " | ".join(cells) + " |" for cells in (headings, ruler, *rows)]


def number(value: float | None, form: str = ".3f") -> str:
    """A number, "–" if there is none (NaN is none)."""
    return "–" if value is None or value != value else format(value, form)


def date(said: object) -> str:
    """Such as `14 March 2008` for 2008-03-14, `March 2008` for 2008-03."""
    year, month, *day = str(said).partition("T")[0].split("-")
    return " ".join([*(f"{int(each)}" for each in day), month_name[int(month)], year])


def p_value(value: float | None, equals: str = "") -> str:
    """Such as `0.032`, with `equals` before it, or `< 0.001`; "–" if there is none."""
    if value is None or value != value:
        return "–"
    if value < 0.001:
        return "< 0.001"
    return equals + (f"{value:.3f}" if value < 0.1 else f"{value:.2f}")
