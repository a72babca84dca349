"""Sea ice at points, as a table: buoys, stations, ships and moorings."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, BadFile, BadObservations, ThermoclineError
from thermocline.sources.account import ATTRIBUTE, Account
from thermocline.sources.common import units
from thermocline.sources.common.column_names import ALIASES, split
from thermocline.sources.files.opening import local_file
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.text import filled, read_cells
from thermocline.sources.tables.times import times

NAMES = {name: ALIASES[name] for name in ("latitude", "longitude", "time")} | {
    "concentration": {
        *("concentration", "ice_concentration", "sea_ice_concentration", "siconc", "sic"),
        *("ice_fraction", "sea_ice_area_fraction", "ice_conc"),
    },
    "thickness": {
        *("thickness", "ice_thickness", "sea_ice_thickness", "sithick", "sit"),
        "sea_ice_thickness_m",
    },
}
MEASURED = {"concentration": (0.0, 1.0, "1"), "thickness": (0.0, 15.0, "m")}
"""Bounds and unit of each quantity."""
PLACES = {"latitude": (-90.0, 90.0), "longitude": (-360.0, 360.0)}
WANTED = "latitude, longitude, and concentration (a fraction), thickness (metres) or both"


def read_points(path: Path, date: np.datetime64) -> xr.Dataset:
    """Places and values of a table's rows of a day, along `point`; `time` is the day.

    Args:
        date: the day asked for; NaT takes the only one of the table. Rows without a time are of
            the day asked for.

    Raises:
        BadFile, BadData, BadObservations: for what is no such table, or an impossible value, whose
            line is named.
    """
    where = path.name
    table, columns = _rows(path, where)
    held = {name: filled(table, name) for name in MEASURED}
    given = held["concentration"] | held["thickness"]
    table, held = table[given], {name: there[given] for name, there in held.items()}
    every = np.ones(len(table), dtype=bool)
    values = {
        name: _numbers(table, name, columns.units[name], bounds, every, where)
        for name, bounds in PLACES.items()
    }
    for name, (low, high, _) in MEASURED.items():
        unit = columns.units.get(name, "")
        values[name] = _numbers(table, name, unit, (low, high), held[name], where)
    days = times(table, columns, every, where).astype("datetime64[D]")
    known = np.unique(days[~np.isnat(days)])
    if np.isnat(date) and known.size != 1:
        said = f"{known.size} days" if known.size else "no column of times"
        raise BadData(f"its rows have {said}", where=where, fix="say the day by `date`")
    day = known[0] if np.isnat(date) else date
    late = ~np.isnat(days) & (days != day)
    account = Account(len(table), len(table), of="observations", notes=tuple(columns.notes))
    account = account.without({"of other days": int(late.sum())})
    fields = {name: ("point", found[~late]) for name, found in values.items()}
    return xr.Dataset(fields, {"time": [day]}, {ATTRIBUTE: account.to_json()})


def _rows(path: Path, where: str) -> tuple[pd.DataFrame, Columns]:
    columns = Columns()

    def wanted(titles: list[str]) -> list[int]:
        for index, title in enumerate(titles):
            name, unit = split(title)
            quantity = next((each for each, names in NAMES.items() if name in names), None)
            if quantity is None:
                columns.unused.append(title)
            elif quantity in columns.index:
                raise BadFile(f"has two columns of {quantity}", where=where, fix="keep one")
            else:
                columns.index[quantity], columns.units[quantity] = index, unit
                columns.titles[quantity] = title
        lacking = [name for name in PLACES if name not in columns.index]
        if not set(MEASURED) & set(columns.index):
            lacking.append("concentration or thickness")
        if lacking:
            raise BadFile(
                f"has no column {', '.join(lacking)}",
                where=where,
                fix=f"the first line must name {WANTED}",
            )
        return list(columns.index.values())

    try:
        cells = read_cells(local_file(path), wanted, where)
    except ThermoclineError:
        raise
    except (ValueError, csv.Error) as problem:
        raise BadFile("not a CSV table", where=where, fix=f"give columns {WANTED}") from problem
    for name, index in columns.index.items():
        columns.units[name] = columns.units[name] or (cells.units[index] if cells.units else "")
    if columns.unused:
        columns.notes.append(f"columns not used: {', '.join(map(repr, columns.unused[:8]))}")
    return pd.DataFrame(cells.rows, columns=list(columns.index), index=cells.lines, dtype=str), (
        columns
    )


def _numbers(
    table: pd.DataFrame,
    name: str,
    unit: str,
    bounds: tuple[float, float],
    needed: NDArray[np.bool_],
    where: str,
) -> NDArray[np.float64]:
    """The values of a column, NaN where none is needed."""
    found = np.full(len(table), np.nan)
    if name not in table:
        return found
    found[needed] = pd.to_numeric(table[name][needed], errors="coerce").to_numpy(float)
    if unit and name in PLACES:
        found = units.degrees(found, unit, axis=name, where=where)
    elif unit:
        found = units.convert(found, unit, MEASURED[name][2], where=where, what=name)
    low, high = bounds
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(needed & ~((found >= low) & (found <= high)))
    if wrong.size:
        percent = name == "concentration" and not unit and 1 < found[wrong[0]] <= 100
        fix = "`concentration (%)` in the header says per cent" if percent else "correct"
        raise BadObservations(
            f"{name} in line {table.index[wrong[0]]} is not a number between {low:g} and {high:g}",
            where=where,
            fix=f"{fix}, or remove the {wrong.size} row(s) concerned",
        )
    return found
