"""Observations as comma-separated text: latitude, longitude, depth, temperature and a few more.

Temperature is potential temperature in °C, as everywhere in this project's requests, unless its
column's name says otherwise; in the upper 1000 m it is within 0.1 °C of the temperature in situ.
"""

import os

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import MAX_VALUES, Quantity
from thermocline.sources.tables.column_choice import has_weak_salinity
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.flagged_rows import rejected_rows
from thermocline.sources.tables.rows import text_rows
from thermocline.sources.tables.text import filled
from thermocline.sources.tables.times import times
from thermocline.sources.tables.values import BOUNDS, numbers

MEASURED = ("temperature", "salinity")


def read_csv(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of a text table with a header line; `,`, `;` and tab separate.

    Rows of the same place, time and platform make one profile; of rows that say the same one is
    used. Rows without a temperature and a
    salinity, or of which flags reject both, are left out; anything else that is missing or
    impossible is an error that names the line, or if the row has no temperature to be used, a
    reason why its salinity is not. Lines that begin with # are comments, and one may
    be the header. Without a `time` column profiles are undated (NaT); an `error` column (°C)
    becomes the variable `error`. What `table_text` says of the text holds.

    Raises:
        BadFile: if the text is no table, is too large, or a column is missing or there twice.
        BadObservations: for an impossible value.
    """
    where = os.fspath(path)
    table, columns = text_rows(path, set(BOUNDS), where)
    if "temperature" not in table:  # salinities alone
        table["temperature"] = ""
    there = {name: filled(table, name) for name in MEASURED}
    table = table[there["temperature"] | there["salinity"]]
    there = {name: filled(table, name) for name in MEASURED}
    rejected = rejected_rows(table, columns, there["temperature"], where)
    wanted = {name: there[name] & ~rejected[name] for name in MEASURED}
    # What a flag rejects may be anything.
    needed, used = wanted["temperature"], wanted["temperature"] | wanted["salinity"]
    among = {name: wanted.get(name, used) for name in BOUNDS} | {"error": needed}
    known = {"temperature", *columns.index}
    values = {name: np.full(len(table), np.nan) for name in BOUNDS if name in known}
    either = {"depth", "pressure"} <= set(values)  # then a row needs one of them
    optional = {"error"} | ({"depth", "pressure"} if either else set())
    lost = {}
    for name, column in values.items():
        part, unit = among[name], columns.units.get(name, "")
        strict = needed[part] & (name != "salinity" or not has_weak_salinity(columns.titles))
        column[part] = numbers(table[part], name, unit, strict, name in optional, where)
        said = filled(table, name) | (name not in optional)
        lost[f"{name} missing or impossible"] = part & said & np.isnan(column)
    time = np.full(len(table), np.datetime64("NaT", "ns"))
    time[used] = times(table[used], columns, needed[used], where)
    dated = filled(table, "time") | filled(table, "clock")
    lost["time that is no date"] = used & dated & np.isnat(time)
    alone = ~needed & np.any(list(lost.values()), axis=0)
    time[alone] = np.datetime64("NaT")
    for column in values.values():
        column[alone] = np.nan
    platform = table["platform"].to_numpy() if "platform" in table else np.full(len(table), "")
    keys = pd.DataFrame(
        {"lat": values["latitude"], "lon": values["longitude"], "time": time, "platform": platform}
    )
    # A row without a place or a value says nothing that could be there twice.
    again = keys.assign(**values).duplicated().to_numpy() & used & keys["lat"].notna().to_numpy()
    groups = keys.groupby(list(keys.columns), sort=False, dropna=False)
    profile, level = groups.ngroup().to_numpy(), groups.cumcount().to_numpy()
    first = keys.drop_duplicates()
    shape = (len(first), int(level.max(initial=-1)) + 1)
    if np.prod(shape, dtype=float) > MAX_VALUES:
        raise BadFile(
            f"{shape[0]:,} profiles, and one of {shape[1]:,} levels",
            where=where,
            fix="split the table into smaller ones",
        )

    def spread(column: NDArray) -> NDArray:
        result = np.full(shape, False if column.dtype == bool else np.nan)
        result[profile, level] = column
        return result

    def vertical(name: str) -> Quantity | None:
        return Quantity.plain(spread(values[name]), positive="down") if name in values else None

    def measured(name: str) -> Quantity:
        found = Quantity.plain(spread(values[name]))
        found.held, found.flagged = spread(there[name]), spread(there[name] & rejected[name])
        found.values[found.flagged] = 0  # there is a value; which, does not matter
        return found

    salinity = measured("salinity") if "salinity" in values else None
    if salinity is not None and columns.absolute:
        salinity.attributes["standard_name"] = "sea_water_absolute_salinity"
    casts = Casts(
        measured("temperature"),
        np.where(first["lat"].isna(), 0, first["lat"]),
        np.where(first["lon"].isna(), 0, first["lon"]),
        first["time"].to_numpy("datetime64[ns]"),
        first["platform"].astype(str).tolist(),
        salinity=salinity,
        rejected_salinity={reason: spread(rows) for reason, rows in lost.items()},
        error=spread(values["error"]) if "error" in values else None,
        repeated=spread(again),
        kind=columns.kind,
        undated=True,
        notes=_notes(columns),
        of="observations",
        pressure=vertical("pressure"),
        depth=vertical("depth"),
    )
    return profiles_dataset(casts, path, "CSV")


def _notes(columns: Columns) -> tuple[str, ...]:
    read = [f"the flags of {flag.title} are applied" for flag in columns.flags]
    listed = ", ".join(repr(name[:40]) for name in columns.unused[:8])
    more = len(columns.unused) - 8
    unused = [f"columns not used: {listed}{f' and {more} more' if more > 0 else ''}"]
    return (*columns.notes, *read, *(unused if columns.unused else []))
