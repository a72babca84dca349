"""The rows of a table as numbers and dates, and which of them can be used."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from thermocline.sources.tables.column_choice import has_weak_salinity
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.flagged_rows import rejected_rows
from thermocline.sources.tables.text import filled
from thermocline.sources.tables.times import times
from thermocline.sources.tables.values import BOUNDS, numbers

MEASURED = ("temperature", "salinity")


@dataclass
class Observations:
    """The rows of a table that have a temperature or a salinity.

    Attributes:
        values: float64 [n_row] by quantity; NaN where missing, impossible or not used.
        time: datetime64[ns] [n_row]; NaT where a row has none.
        platform: name of the platform [n_row]; "" where there is none.
        given: by `MEASURED`, rows that have a value.
        rejected: by `MEASURED`, rows whose value a flag rejects.
        unusable: rows whose salinity cannot be used, by reason.
        used: rows with a temperature or a salinity that no flag rejects.
    """

    values: dict[str, NDArray[np.float64]]
    time: NDArray[np.datetime64]
    platform: NDArray
    given: dict[str, NDArray[np.bool_]]
    rejected: dict[str, NDArray[np.bool_]]
    unusable: dict[str, NDArray[np.bool_]]
    used: NDArray[np.bool_]


def observations(table: pd.DataFrame, columns: Columns, where: str) -> Observations:
    """The numbers and dates of a table of text.

    In a row with a usable temperature everything must be possible. In a row with a salinity alone,
    whatever is impossible becomes a reason not to use that salinity.

    Raises:
        BadFile, BadData: for flags, dates or units that are not understood.
        BadObservations: for a value that is needed and is missing or impossible.
    """
    if "temperature" not in table:
        table = table.assign(temperature="")
    given = {name: filled(table, name) for name in MEASURED}
    table = table[given["temperature"] | given["salinity"]]
    given = {name: filled(table, name) for name in MEASURED}
    rejected = rejected_rows(table, columns, given["temperature"], where)
    # Values that a flag rejects are not looked at: they may be anything.
    wanted = {name: given[name] & ~rejected[name] for name in MEASURED}
    needed, used = wanted["temperature"], wanted["temperature"] | wanted["salinity"]
    values, unusable = _numbers(table, columns, wanted, where)
    time = np.full(len(table), np.datetime64("NaT", "ns"))
    time[used] = times(table[used], columns, needed[used], where)
    dated = filled(table, "time") | filled(table, "clock")
    unusable["time that is no date"] = used & dated & np.isnat(time)
    left_out = ~needed & np.any(list(unusable.values()), axis=0)
    time[left_out] = np.datetime64("NaT")
    for column in values.values():
        column[left_out] = np.nan
    platform = table["platform"].to_numpy() if "platform" in table else np.full(len(table), "")
    return Observations(values, time, platform, given, rejected, unusable, used)


def _numbers(
    table: pd.DataFrame, columns: Columns, wanted: dict[str, NDArray[np.bool_]], where: str
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.bool_]]]:
    """The values of each column of numbers, and rows that lack a possible one, by reason.

    Args:
        wanted: by `MEASURED`, rows whose value is to be used.
    """
    needed, used = wanted["temperature"], wanted["temperature"] | wanted["salinity"]
    among = {name: wanted.get(name, used) for name in BOUNDS} | {"error": needed}
    known = {"temperature", *columns.index}
    values = {name: np.full(len(table), np.nan) for name in BOUNDS if name in known}
    both = {"depth", "pressure"} <= set(values)  # a row then needs only one of them
    optional = {"error"} | ({"depth", "pressure"} if both else set())
    lacking = {}
    for name, column in values.items():
        part, unit = among[name], columns.units.get(name, "")
        strict = needed[part] & (name != "salinity" or not has_weak_salinity(columns.titles))
        column[part] = numbers(table[part], name, unit, strict, name in optional, where)
        stated = filled(table, name) | (name not in optional)
        lacking[f"{name} missing or impossible"] = part & stated & np.isnan(column)
    return values, lacking
