"""The rows of a table as text, by the quantities that are used of it."""

import csv
import os

import pandas as pd

from thermocline.errors import BadFile, ThermoclineError, shown
from thermocline.sources.columns import Columns, find_columns
from thermocline.sources.opening import local_file
from thermocline.sources.stations import filled_down, is_spreadsheet
from thermocline.sources.table_cells import filled
from thermocline.sources.table_text import has_decimal_commas, read_cells
from thermocline.sources.table_verticals import leave_others


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
