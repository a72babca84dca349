"""Observations as comma-separated text: latitude, longitude, depth, temperature and a few more.

Temperature is potential temperature in °C, as everywhere in this project's requests; in the
upper 1000 m it is within 0.1 °C of the temperature in situ.
"""

import csv
import os

import numpy as np
import pandas as pd
import xarray as xr

from thermocline.errors import BadFile, BadObservations
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.opening import local_file
from thermocline.sources.profiles import MAX_DEPTH, check_count, profiles_dataset

ALIASES = {
    "latitude": {"latitude", "lat"},
    "longitude": {"longitude", "lon", "long"},
    "depth": {"depth", "depth_m", "depth (m)"},
    "temperature": {"temperature", "temp", "thetao", "potential_temperature"},
    "time": {"time", "date", "datetime"},
    "salinity": {"salinity", "so", "psal"},
    "error": {"error", "temperature_error"},
    "platform": {"platform", "platform_number", "station"},
}
REQUIRED = ("latitude", "longitude", "depth", "temperature")
BOUNDS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-360.0, 360.0),
    "depth": (0.0, MAX_DEPTH),
    "temperature": (VARIABLES["thetao"].lower, VARIABLES["thetao"].upper),
    "salinity": (VARIABLES["so"].lower, VARIABLES["so"].upper),
    "error": (0.0, 20.0),
}


def read_csv(path: str | os.PathLike[str], max_profiles: int | None = None) -> xr.Dataset:
    """Canonical profiles of a text table with a header line; `,`, `;` and tab separate.

    Rows of the same place, time and platform make one profile. Rows without a temperature are
    skipped; anything else that is missing or impossible is an error that names the line. Without
    a `time` column profiles are undated (NaT); an `error` column (°C) becomes the variable `error`.

    Raises:
        BadFile: if the text is no table or a required column is missing.
        BadObservations: for an impossible value, or more than `max_profiles`.
    """
    where = os.fspath(path)
    table = _columns(_text(path, where), where)
    table = table[~table["temperature"].str.strip().str.lower().isin({"", "nan", "na"})]
    numbers = {name: _numbers(table, name, where) for name in BOUNDS if name in table}
    time = _times(table, where)
    keys = pd.DataFrame(
        {
            "lat": numbers["latitude"],
            "lon": numbers["longitude"],
            "time": time,
            "platform": table.get("platform", pd.Series("", index=table.index)).to_numpy(),
        }
    )
    groups = keys.groupby(list(keys.columns), sort=False, dropna=False)
    profile, level = groups.ngroup().to_numpy(), groups.cumcount().to_numpy()
    first = keys.drop_duplicates()
    check_count(len(first), max_profiles, where)
    shape = (len(first), int(level.max(initial=-1)) + 1)

    def spread(name: str) -> np.ndarray:
        values = np.full(shape, np.nan)
        if name in numbers:
            values[profile, level] = numbers[name]
        return values

    result = profiles_dataset(
        thetao=spread("temperature"),
        depth=spread("depth"),
        so=spread("salinity"),
        latitude=first["lat"].to_numpy(float),
        longitude=first["lon"].to_numpy(float),
        time=first["time"].to_numpy("datetime64[ns]"),
        platform=first["platform"].astype(str).tolist(),
        undated=True,
        path=path,
        provider="CSV",
    )
    if "error" in numbers:
        result["error"] = (
            ("n_prof", "n_level"),
            spread("error").astype(np.float32),
            {"long_name": "standard error of thetao", "units": "degree_Celsius"},
        )
    return result


def _text(path: str | os.PathLike[str], where: str) -> pd.DataFrame:
    """All cells as text, indexed by line number; every row must be as long as the header."""
    found = local_file(path)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with found.open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            stream.seek(0)
            reader = csv.reader(
                stream, delimiter=max(",;\t", key=header.count), skipinitialspace=True, strict=True
            )
            names = next(reader, [])
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(reader.line_num)
                if len(row) not in (0, len(names)):
                    raise ValueError(
                        f"line {reader.line_num} has {len(row)} cells, the header {len(names)}"
                    )
    except (ValueError, csv.Error) as problem:
        raise BadFile(
            f"not a table of text: {problem}",
            where=where,
            fix="give a CSV file with the header latitude,longitude,depth,temperature",
        ) from problem
    return pd.DataFrame(rows, columns=names, index=lines, dtype=str)


def _columns(table: pd.DataFrame, where: str) -> pd.DataFrame:
    names: dict[str, str] = {}
    for column in table.columns:
        plain = str(column).strip().strip('"').lower()
        for name, aliases in ALIASES.items():
            if plain in aliases and name in names.values():
                raise BadFile(f"has two columns of {name}", where=where, fix="remove one")
            if plain in aliases:
                names[column] = name
    missing = [name for name in REQUIRED if name not in names.values()]
    if missing:
        raise BadFile(
            f"has no column {', '.join(missing)}",
            where=where,
            fix="the first line must name latitude, longitude, depth and temperature",
        )
    return table[list(names)].rename(columns=names)


def _numbers(table: pd.DataFrame, name: str, where: str) -> np.ndarray:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
    low, high = BOUNDS[name]
    optional = name in ("salinity", "error")
    with np.errstate(invalid="ignore"):
        wrong = ~((values >= low) & (values <= high))
    if optional:
        wrong &= (table[name].str.strip() != "").to_numpy()
    rows = np.flatnonzero(wrong)
    if rows.size:
        kelvin = " (kelvin?)" if name == "temperature" and values[rows[0]] > 200 else ""
        raise BadObservations(
            f"{name}{kelvin} in line {table.index[rows[0]]} is not a number "
            f"between {low:g} and {high:g}",
            where=where,
            fix=f"correct or remove the {rows.size} row(s) concerned",
        )
    return values


def _times(table: pd.DataFrame, where: str) -> np.ndarray:
    if "time" not in table:
        return np.full(len(table), np.datetime64("NaT", "ns"))
    parsed = pd.to_datetime(table["time"], errors="coerce", utc=True, format="ISO8601")
    wrong = np.flatnonzero((parsed.isna() & (table["time"].str.strip() != "")).to_numpy())
    if wrong.size:
        raise BadObservations(
            f"time in line {table.index[wrong[0]]} is no date",
            where=where,
            fix="write dates as 2008-03-15 or 2008-03-15T12:00:00Z",
        )
    return parsed.dt.tz_localize(None).to_numpy("datetime64[ns]")
