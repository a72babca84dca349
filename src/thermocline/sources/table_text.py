"""The text of a table as cells: its encoding, its header, a row of units, and decimal commas.

The header is the first line, or a comment right before the first row (`# latitude,longitude,…`).
Lines are numbered as they stand in the file.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from thermocline.errors import BadData, BadFile
from thermocline.sources.column_names import quantity_of, split
from thermocline.sources.quantity import MAX_VALUES
from thermocline.sources.units import degrees

MAX_COLUMNS = 500
MAX_LINE = 100_000
"""Most columns of a table, and characters of a line: looked at before anything else is read."""
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
"""A number with a decimal comma, and what may be whole thousands."""
SEPARATORS = ",;\t"
NOTHING = {"", "nan", "na", "n/a", "#n/a", "<na>", "none", "null", "-", "--", "---"}
"""What stands for a missing value, in small letters."""
MAX_COMMENTS = 1000
"""Lines among which a comment may be the header."""


@dataclass
class Cells:
    """The rows of a table.

    Attributes:
        names: of all columns.
        rows: the cells of the columns that are wanted, and the line in which each row stands.
        units: cells of a row of units below the header, one a column; none without one.
        separator: between cells.
    """

    names: list[str]
    separator: str = ","
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    units: list[str] = field(default_factory=list)


def read_cells(path: Path, wanted: Callable[[list[str]], list[int]], where: str) -> Cells:
    """The cells of a table in UTF-8, or in UTF-16 that says so by its first bytes.

    Args:
        wanted: indices of the columns to read, by the names of all.

    Raises:
        BadFile: for what is too large.
        ValueError, csv.Error: for what is no table.
    """
    with path.open("rb") as stream:
        wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    with path.open(encoding="utf-16" if wide else "utf-8-sig", newline="") as stream:
        number, head = _header(stream, where)
        separator = max(SEPARATORS, key=head.count)
        if head.count(separator) >= MAX_COLUMNS:
            raise BadFile(
                f"has {head.count(separator) + 1:,} columns; a table has at most {MAX_COLUMNS}",
                where=where,
                fix="give a table with one observation a line",
            )
        stream.seek(0)
        lines = (
            line if at != number else head.lstrip("# ")
            for at, line in enumerate(_lines(stream, where), 1)
        )
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        cells = Cells(next((row for row in reader if _filled(row)), []), separator)
        indices = wanted(cells.names)
        for row in reader:
            if not _filled(row):
                continue
            if len(row) != len(cells.names):
                raise ValueError(
                    f"line {reader.line_num} has {len(row)} cells, the header {len(cells.names)}"
                )
            if not cells.rows and not cells.units and _are_units(cells.names, row):
                cells.units = [cell.strip() for cell in row]
                continue
            cells.rows.append([row[index] for index in indices])
            cells.lines.append(reader.line_num)
            if len(cells.rows) * len(indices) > MAX_VALUES:
                raise ValueError(f"more than {MAX_VALUES:,} values")
    return cells


def _filled(row: list[str]) -> bool:
    """Whether a line is a row: one of nothing but blanks is none."""
    return bool(row) and (len(row) > 1 or bool(row[0].strip()))


def _header(stream: TextIO, where: str) -> tuple[int, str]:
    """Number and text of the line that names the columns.

    A comment that names latitude and longitude is it, if the row below it names nothing.
    """
    behind, number, line = (0, ""), 0, ""
    for number, line in enumerate(_lines(stream, where, comments=True), 1):
        if line.startswith("#") and number <= MAX_COMMENTS and _names_places(line):
            behind = (number, line)
        elif line.strip() and not line.startswith("#"):
            break
    else:
        number, line = 0, ""
    return behind if behind[0] and not _names_places(line) else (number, line)


def _names_places(line: str) -> bool:
    """Whether a line has columns of latitude and longitude."""
    line = line.lstrip("# ").rstrip("\r\n")
    separator = max(SEPARATORS, key=line.count)
    cells = line.split(separator, MAX_COLUMNS)
    return {"latitude", "longitude"} <= {quantity_of(split(cell)[0]) for cell in cells}


def _lines(stream: TextIO, where: str, *, comments: bool = False) -> Iterator[str]:
    """Lines of limited length; comments as empty ones, so that lines are counted as they stand."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise BadFile(
                f"has a line of more than {MAX_LINE:,} characters",
                where=where,
                fix=f"give a table of at most {MAX_COLUMNS} columns, one observation a line",
            )
        yield "\n" if line.startswith("#") and not comments else line


def _are_units(names: list[str], row: list[str]) -> bool:
    """Whether a row has units in the columns of latitude and longitude, as ERDDAP writes them."""
    of = [quantity_of(split(name)[0]) for name in names]
    places = [(axis, row[of.index(axis)]) for axis in ("latitude", "longitude") if axis in of]
    try:
        for axis, cell in places:
            if not re.search("[a-z°]", cell.lower()) or NUMBER.fullmatch(cell.strip()):
                return False
            degrees([0.0], cell.strip(), axis=axis, where="")
    except BadData:
        return False
    return len(places) == 2


def has_decimal_commas(columns: Iterable[list[str]]) -> bool:
    """Whether commas in columns of numbers are decimal ones, where they do not separate cells.

    They are if no number has a point, and some number cannot be read as thousands.
    """
    doubt = True
    for cell in (cell.strip() for column in columns for cell in column):
        if "," in cell:
            if not COMMA.fullmatch(cell):
                return False
            doubt = doubt and THOUSANDS.fullmatch(cell) is not None
        elif "." in cell and NUMBER.fullmatch(cell):
            return False
    return not doubt
