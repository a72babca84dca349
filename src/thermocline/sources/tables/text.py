"""The cells of a table: its encoding, decimal commas, and empty cells.

Line numbers are those of the file.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.sources.common.quantity import MAX_VALUES
from thermocline.sources.tables.header import NUMBER, SEPARATORS, are_units, header
from thermocline.sources.tables.lines import MAX_COLUMNS, lines_of

COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
"""A number with a decimal comma, and one whose commas may separate thousands."""


@dataclass
class Cells:
    """The rows of a table.

    Attributes:
        names: titles of all columns.
        rows, lines: the cells of the wanted columns, and the line number of each row.
        units: cells of a row of units below the header, one for each column; else empty.
        separator: the character between cells.
        above: how many lines above the header are neither empty nor comments.
    """

    names: list[str]
    separator: str = ","
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    above: int = 0


def read_cells(path: Path, wanted: Callable[[list[str]], list[int]], where: str) -> Cells:
    """The cells of a table in UTF-8, or in UTF-16 with a byte order mark.

    Args:
        wanted: gives the indices of the columns to read, from the names of all columns.

    Raises:
        BadFile: for too many columns or too long lines.
        ValueError, csv.Error: for text that is not a table, or has too many values.
    """
    with path.open("rb") as stream:
        wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    with path.open(encoding="utf-16" if wide else "utf-8-sig", newline="") as stream:
        number, head, above = header(stream, where)
        separator = max(SEPARATORS, key=head.count)
        if head.count(separator) >= MAX_COLUMNS:
            raise BadFile(
                f"has {head.count(separator) + 1:,} columns; a table has at most {MAX_COLUMNS}",
                where=where,
                fix="give a table with one observation a line",
            )
        stream.seek(0)
        lines = (
            "\n" if at < number else line if at > number else head.lstrip("# ")
            for at, line in enumerate(lines_of(stream, where), 1)
        )
        reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        cells = Cells(next((row for row in reader if _filled(row)), []), separator, above=above)
        indices = wanted(cells.names)
        for row in reader:
            if not _filled(row):
                continue
            if len(row) != len(cells.names):
                raise ValueError(
                    f"line {reader.line_num} has {len(row)} cells, the header {len(cells.names)}"
                )
            if not cells.rows and not cells.units and are_units(cells.names, row):
                cells.units = [cell.strip() for cell in row]
                continue
            cells.rows.append([row[index] for index in indices])
            cells.lines.append(reader.line_num)
            if len(cells.rows) * len(indices) > MAX_VALUES:
                raise ValueError(f"more than {MAX_VALUES:,} values")
    return cells


def _filled(row: list[str]) -> bool:
    """Whether a line is a row, and not just blanks."""
    return bool(row) and (len(row) > 1 or bool(row[0].strip()))


def has_decimal_commas(columns: Iterable[list[str]]) -> bool:
    """Whether commas in columns of numbers are decimal commas.

    They are if no number has a point, and at least one comma cannot separate thousands.
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


NOTHING = {"", "nan", "na", "n/a", "#n/a", "<na>", "none", "null", "-", "--", "---"}
"""Texts, in lower case, that mean a missing value."""


def filled(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Rows [n_row] with a value in a column; all false if there is no such column."""
    if name not in table:
        return np.zeros(len(table), dtype=bool)
    return ~table[name].str.strip().str.lower().isin(NOTHING).to_numpy()
