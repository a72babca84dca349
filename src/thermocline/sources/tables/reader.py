"""Observations as comma-separated text: latitude, longitude, depth, temperature and a few more.

Temperature is potential temperature in °C, as everywhere in this project's requests, unless its
column's name says otherwise; in the upper 1000 m it is within 0.1 °C of the temperature in situ.
"""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import MAX_VALUES, Quantity
from thermocline.sources.tables.columns import Columns
from thermocline.sources.tables.observations import Observations, observations
from thermocline.sources.tables.rows import text_rows
from thermocline.sources.tables.values import BOUNDS


def read_csv(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of a text table with a header line, separated by `,`, `;` or tabs.

    Rows of the same place, time and platform make one profile; of equal rows one is used. Rows
    without a temperature and a salinity, or whose flags reject both, are left out. Anything else
    that is missing or impossible is an error that names the line; in a row without a usable
    temperature it is only a reason not to use the salinity. Lines that begin with # are comments,
    one of which may be the header. Without a `time` column profiles have no date (NaT). A column
    `error` (°C) becomes the variable `error`. See `text` for encodings and decimal commas.

    Raises:
        BadFile: if the text is no table, is too large, or a column is missing or there twice.
        BadObservations: for an impossible value.
    """
    where = os.fspath(path)
    table, columns = text_rows(path, set(BOUNDS), where)
    rows = observations(table, columns, where)
    return profiles_dataset(_casts(rows, columns, where), path, "CSV")


@dataclass
class Profiles:
    """Which rows of a table make one profile.

    Attributes:
        first: place, time and platform of each profile, a row of the table each.
        profile, level: indices of each row of the table [n_row].
        shape: number of profiles, and levels of the longest one.
    """

    first: pd.DataFrame
    profile: NDArray[np.integer]
    level: NDArray[np.integer]
    shape: tuple[int, int]

    def spread(self, column: NDArray) -> NDArray:
        """A column [n_row] as [n_prof, n_level]; NaN or false where a profile has no such level."""
        result = np.full(self.shape, False if column.dtype == bool else np.nan)
        result[self.profile, self.level] = column
        return result


def _profiles(keys: pd.DataFrame, where: str) -> Profiles:
    """The profiles of rows with equal `keys`; raises BadFile if they have too many levels."""
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
    return Profiles(first, profile, level, shape)


def _casts(rows: Observations, columns: Columns, where: str) -> Casts:
    """The profiles of the rows, with repeated and rejected values marked but still there."""
    values = rows.values
    place = {"lat": values["latitude"], "lon": values["longitude"]}
    keys = pd.DataFrame(place | {"time": rows.time, "platform": rows.platform})
    # Rows without a usable value have no place: equal ones are no repetition.
    repeated = keys.assign(**values).duplicated().to_numpy() & rows.used
    repeated &= keys["lat"].notna().to_numpy()
    profiles = _profiles(keys, where)
    first, spread = profiles.first, profiles.spread

    def vertical(name: str) -> Quantity | None:
        return Quantity.plain(spread(values[name]), positive="down") if name in values else None

    def measured(name: str) -> Quantity:
        found = Quantity.plain(spread(values[name]))
        given, rejected = rows.given[name], rows.rejected[name]
        found.held, found.flagged = spread(given), spread(given & rejected)
        found.values[found.flagged] = 0  # there is a value; which, does not matter
        return found

    salinity = measured("salinity") if "salinity" in values else None
    if salinity is not None and columns.absolute:
        salinity.attributes["standard_name"] = "sea_water_absolute_salinity"
    return Casts(
        measured("temperature"),
        np.where(first["lat"].isna(), 0, first["lat"]),
        np.where(first["lon"].isna(), 0, first["lon"]),
        first["time"].to_numpy("datetime64[ns]"),
        first["platform"].astype(str).tolist(),
        salinity=salinity,
        rejected_salinity={reason: spread(lacking) for reason, lacking in rows.unusable.items()},
        error=spread(values["error"]) if "error" in values else None,
        repeated=spread(repeated),
        kind=columns.kind,
        undated=True,
        notes=_notes(columns),
        of="observations",
        pressure=vertical("pressure"),
        depth=vertical("depth"),
    )


def _notes(columns: Columns) -> tuple[str, ...]:
    read = [f"the flags of {flag.title} are applied" for flag in columns.flags]
    listed = ", ".join(repr(name[:40]) for name in columns.unused[:8])
    more = len(columns.unused) - 8
    unused = [f"columns not used: {listed}{f' and {more} more' if more > 0 else ''}"]
    return (*columns.notes, *read, *(unused if columns.unused else []))
