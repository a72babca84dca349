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
from thermocline.sources.tables.columns import Columns, find_columns, leave
from thermocline.sources.tables.text import NOTHING, filled, has_decimal_commas, read_cells


def text_rows(
    path: str | os.PathLike[str], numeric: set[str], where: str
) -> tuple[pd.DataFrame, Columns]:
    """The columns that are used, as text, and what they are.

    Rows are indexed by line number; columns are named by their quantity, those of flags by their
    index.

    Args:
        numeric: quantities that are numbers.

    Raises:
        BadFile: for what is no table, is too large, or has columns that are not understood.
    """
    columns, titles = Columns(), list[str | int]()

    def wanted(names: list[str]) -> list[int]:
        nonlocal columns
        columns = find_columns(names, where)
        flags = [flag.index for flag in columns.flags]
        beside = {f"{name}, not read": index for name, index in columns.beside.items()}
        titles.extend([*columns.index, *flags, *beside])
        return [*columns.index.values(), *flags, *beside.values()]

    try:
        cells = read_cells(local_file(path), wanted, where)
    except ThermoclineError:
        raise
    except (ValueError, csv.Error) as problem:
        said = str(problem)
        if isinstance(problem, UnicodeDecodeError):
            said = f"its text is not {problem.encoding.upper()}"
        raise BadFile(
            f"not a CSV table: {said}",
            where=where,
            fix="give a CSV file with the header latitude,longitude,depth,temperature",
        ) from problem
    table = pd.DataFrame(cells.rows, columns=titles, index=cells.lines, dtype=str)
    for name in columns.beside:
        lost = table.index[filled(table, f"{name}, not read") & ~filled(table, name)]
        if lost.size:
            raise BadFile(
                f"has two columns of {name}, and in line {lost[0]} not the one that "
                f"would be read, {shown(repr(columns.titles[name]))}",
                where=where,
                fix="keep the one that is meant, or write both into one column",
            )
    if cells.above:
        columns.notes.append(f"lines above the header that are not read: {cells.above}")
    if is_spreadsheet(cells.names):
        table, alone = filled_down(table)
        if alone:
            columns.notes.append("places and dates are those of a station's first row")
    if cells.units:
        columns.notes.append("the row below the header is read as units")
        for quantity, index in columns.index.items():
            columns.units[quantity] = columns.units[quantity] or cells.units[index]
    leave_others(table, columns)
    numbers = [name for name in columns.index if name in numeric]
    if "since" in columns.units.get("time", ""):
        numbers.append("time")
    if cells.separator != "," and has_decimal_commas(table[name].tolist() for name in numbers):
        columns.notes.append("commas in numbers are read as decimal commas")
        for name in numbers:
            table[name] = table[name].str.replace(",", ".")
    return table, columns


HEADER = {"cruise", "station", "type"}
"""Columns of every such table."""
OF_STATION = ("latitude", "longitude", "time", "clock", "platform")


def is_spreadsheet(names: list[str]) -> bool:
    """Whether columns of these names are those of Ocean Data View."""
    return {split(name)[0] for name in names} >= HEADER


def filled_down(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows with the place, date and name of the row above where they have none of these, and how
    many such rows there are.
    """
    columns = [name for name in OF_STATION if name in table]
    said = ~table[columns].apply(lambda cells: cells.str.strip().str.lower().isin(NOTHING))
    alone = ~said.any(axis=1)
    first = table[columns].where(~alone, axis=0).ffill().fillna("")
    return table.assign(**{name: first[name] for name in columns}), int(alone.sum())


AIR = {"hpa", "hectopascal", "hectopascals", "mbar", "mb", "millibar", "millibars"}
"""Units of the air's pressure; those of the sea are in dbar, or in Pa, by far the most."""
PLACE = ("latitude", "longitude", "time", "clock", "platform")


def leave_others(table: pd.DataFrame, columns: Columns) -> None:
    """Leave unused what is no vertical of the levels beside one that is.

    A pressure in hPa beside a depth is left, and DEPTH beside CTDPRS, as CCHDO has it, if it is
    the same at all levels of each cast.
    """
    if not {"depth", "pressure"} <= set(columns.index):
        return
    deep, pressed = filled(table, "depth"), filled(table, "pressure")
    names = {name: split(columns.titles[name])[0] for name in ("depth", "pressure")}
    if columns.units["pressure"].strip().lower() in AIR:
        if not (pressed & ~deep).any():
            leave(columns, "pressure")
    elif names == {"depth": "depth", "pressure": "ctdprs"} and not (deep & ~pressed).any():
        place = [table[name] for name in PLACE if name in table]
        different = table[["depth", "pressure"]].groupby(place).nunique()
        if (different["depth"] == 1).all() and (different["pressure"] > 1).any():
            title = leave(columns, "depth")
            columns.notes.append(f"{title} is taken for the depth of the sea floor")
