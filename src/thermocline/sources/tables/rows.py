"""The rows of a table as text, one column a quantity that is used.

In spreadsheets of Ocean Data View only the first row of a station has its place, date and name;
the rows below it get the same. A pressure of the air or a depth of the sea floor is not used.
"""

import csv
import os

import pandas as pd

from thermocline.errors import BadFile, ThermoclineError, shown
from thermocline.sources.common.column_names import split
from thermocline.sources.files.opening import local_file
from thermocline.sources.tables.columns import Columns, leave_unused
from thermocline.sources.tables.find_columns import find_columns
from thermocline.sources.tables.text import NOTHING, Cells, filled, has_decimal_commas, read_cells


def text_rows(
    path: str | os.PathLike[str], numeric: set[str], where: str
) -> tuple[pd.DataFrame, Columns]:
    """The columns that are used, as text, and what they hold.

    Rows are indexed by line number. Columns are named by their quantity, columns of flags by their
    index in the file.

    Args:
        numeric: quantities whose values are numbers.

    Raises:
        BadFile: for what is no table, is too large, or has columns that are not understood.
    """
    cells, columns, titles = _cells(path, where)
    table = pd.DataFrame(cells.rows, columns=titles, index=cells.lines, dtype=str)
    _check_choice(table, columns, where)
    if cells.above:
        columns.notes.append(f"lines above the header that are not read: {cells.above}")
    if is_spreadsheet(cells.names):
        table, count = filled_down(table)
        if count:
            columns.notes.append("places and dates are those of a station's first row")
    if cells.units:
        columns.notes.append("the row below the header is read as units")
        for quantity, index in columns.index.items():
            columns.units[quantity] = columns.units[quantity] or cells.units[index]
    leave_other_verticals(table, columns)
    if cells.separator != ",":
        _read_decimal_commas(table, columns, numeric)
    return table, columns


def _cells(path: str | os.PathLike[str], where: str) -> tuple[Cells, Columns, list[str | int]]:
    """The cells of the columns that are read, what these are, and what the table calls them.

    Columns of a quantity that another column is read for are called `<quantity>, not read`.
    """
    columns, titles = Columns(), list[str | int]()

    def wanted(names: list[str]) -> list[int]:
        nonlocal columns
        columns = find_columns(names, where)
        flags = [flag.index for flag in columns.flags]
        others = {f"{name}, not read": index for name, index in columns.not_chosen.items()}
        titles.extend([*columns.index, *flags, *others])
        return [*columns.index.values(), *flags, *others.values()]

    try:
        cells = read_cells(local_file(path), wanted, where)
    except ThermoclineError:
        raise
    except (ValueError, csv.Error) as problem:
        what = str(problem)
        if isinstance(problem, UnicodeDecodeError):
            what = f"its text is not {problem.encoding.upper()}"
        raise BadFile(
            f"not a CSV table: {what}",
            where=where,
            fix="give a CSV file with the header latitude,longitude,depth,temperature",
        ) from problem
    return cells, columns, titles


def _check_choice(table: pd.DataFrame, columns: Columns, where: str) -> None:
    """Raise BadFile if a row has a value only in the column that is not read of two."""
    for name in columns.not_chosen:
        lost = table.index[filled(table, f"{name}, not read") & ~filled(table, name)]
        if lost.size:
            raise BadFile(
                f"has two columns of {name}; line {lost[0]} is empty in the one that is read, "
                f"{shown(repr(columns.titles[name]))}, and not in the other",
                where=where,
                fix="keep the column that is meant, or write both into one column",
            )


def _read_decimal_commas(table: pd.DataFrame, columns: Columns, numeric: set[str]) -> None:
    """Replace decimal commas by points, in place, in a table whose cells no comma separates."""
    numbers = [name for name in columns.index if name in numeric]
    if "since" in columns.units.get("time", ""):
        numbers.append("time")
    if has_decimal_commas(table[name].tolist() for name in numbers):
        columns.notes.append("commas in numbers are read as decimal commas")
        for name in numbers:
            table[name] = table[name].str.replace(",", ".")


HEADER = {"cruise", "station", "type"}
"""Columns of every spreadsheet of Ocean Data View."""
OF_STATION = ("latitude", "longitude", "time", "clock", "platform")


def is_spreadsheet(names: list[str]) -> bool:
    """Whether columns of these names are those of Ocean Data View."""
    return {split(name)[0] for name in names} >= HEADER


def filled_down(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The table with place, date and name of a station's first row in its other rows.

    Returns:
        The table, and how many rows had none of these.
    """
    columns = [name for name in OF_STATION if name in table]
    stated = ~table[columns].apply(lambda cells: cells.str.strip().str.lower().isin(NOTHING))
    empty = ~stated.any(axis=1)
    first = table[columns].where(~empty, axis=0).ffill().fillna("")
    return table.assign(**{name: first[name] for name in columns}), int(empty.sum())


AIR = {"hpa", "hectopascal", "hectopascals", "mbar", "mb", "millibar", "millibars"}
"""Units of the air's pressure; pressures in the sea are nearly always in dbar or Pa."""
PLACE = ("latitude", "longitude", "time", "clock", "platform")


def leave_other_verticals(table: pd.DataFrame, columns: Columns) -> None:
    """Do not use a pressure or depth that is not that of the levels, beside one that is.

    That is a pressure in hPa beside a depth (of the air), and, as CCHDO writes it, a DEPTH beside
    CTDPRS that is the same at all levels of each cast (of the sea floor).
    """
    if not {"depth", "pressure"} <= set(columns.index):
        return
    deep, pressed = filled(table, "depth"), filled(table, "pressure")
    names = {name: split(columns.titles[name])[0] for name in ("depth", "pressure")}
    if columns.units["pressure"].strip().lower() in AIR:
        if not (pressed & ~deep).any():
            leave_unused(columns, "pressure")
    elif names == {"depth": "depth", "pressure": "ctdprs"} and not (deep & ~pressed).any():
        place = [table[name] for name in PLACE if name in table]
        different = table[["depth", "pressure"]].groupby(place).nunique()
        if (different["depth"] == 1).all() and (different["pressure"] > 1).any():
            title = leave_unused(columns, "depth")
            columns.notes.append(f"{title} is taken for the depth of the sea floor")
