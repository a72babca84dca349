"""Which line of a table names its columns, and whether the row below it has their units."""

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
"""Lines among which the header is looked for, comments and empty ones not counted."""
MEASURED = ("pressure", "depth", "temperature", "salinity")


def header(stream: TextIO, where: str) -> tuple[int, str, int]:
    """Number and text of the line that names the columns, and how many lines say other things
    above it.

    It is the first line that names latitude and longitude; a comment that does, if the row below
    the comments does not; without any, the first line.
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
    """Whether a row has units: of latitude and longitude, as ERDDAP writes them, or if it says
    nothing of these, as CCHDO writes it, of what is measured.
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
    """Whether a line has columns of latitude and longitude."""
    line = line.lstrip("# ").rstrip("\r\n")
    separator = max(SEPARATORS, key=line.count)
    cells = line.split(separator, MAX_COLUMNS)
    return {"latitude", "longitude"} <= {quantity_of(split(cell)[0]) for cell in cells}
