"""Finding the header line of a table, and a row of units below it."""

import re
from typing import TextIO

from thermocline.errors import BadData
from thermocline.sources.common.column_names import quantity_of, split
from thermocline.sources.common.spellings import unit_of
from thermocline.sources.common.units import degrees
from thermocline.sources.tables.lines import MAX_COLUMNS, lines_of

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SEPARATORS = ",;\t"
MAX_ABOVE = 1000
"""Most lines above the header, comments and empty ones not counted."""
MEASURED = ("pressure", "depth", "temperature", "salinity")


def header(stream: TextIO, where: str) -> tuple[int, str, int]:
    """Number and text of the header line, and how many other lines are above it.

    The header is the first line that names latitude and longitude, or a comment that does if the
    row below the comments does not; if there is none, it is the first line.
    """
    behind, first, above = (0, ""), (0, ""), 0
    for number, line in enumerate(lines_of(stream, where, comments=True), 1):
        if line.startswith("#"):
            behind = (number, line) if not above and _names_places(line) else behind
        elif line.strip():
            if _names_places(line):
                return number, line, above
            if behind[0]:
                return *behind, 0
            first, above = first if above else (number, line), above + 1
            if above == MAX_ABOVE:
                break
    return *first, 0


def are_units(names: list[str], row: list[str]) -> bool:
    """Whether a row has units in place of values.

    It has if latitude and longitude have units, as ERDDAP writes them, or if both are empty and the
    measured quantities have units, as CCHDO writes them.
    """
    cells: dict[str, str] = {}
    for name, cell in zip(names, row, strict=True):
        cells.setdefault(quantity_of(split(name)[0]) or "", cell.strip())
    if not {"latitude", "longitude"} <= set(cells):
        return False
    if not cells["latitude"] and not cells["longitude"]:
        said = [cells[each] for each in MEASURED if cells.get(each)]
        return bool(said) and all(_is_word(cell) and unit_of(cell) is not None for cell in said)
    return all(_is_angle(cells[axis], axis) for axis in ("latitude", "longitude"))


def _is_word(cell: str) -> bool:
    return bool(re.search("[a-z°]", cell.lower())) and not NUMBER.fullmatch(cell)


def _is_angle(cell: str, axis: str) -> bool:
    if not _is_word(cell):
        return False
    try:
        degrees([0.0], cell, axis=axis, where="")
    except BadData:
        return False
    return True


def _names_places(line: str) -> bool:
    """Whether a line names columns of latitude and longitude."""
    line = line.lstrip("# ").rstrip("\r\n")
    separator = max(SEPARATORS, key=line.count)
    cells = line.split(separator, MAX_COLUMNS)
    return {"latitude", "longitude"} <= {quantity_of(split(cell)[0]) for cell in cells}
