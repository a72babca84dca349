"""A day of a provider's sea-surface temperature, as it is to be made finer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.answers.given import as_file
from thermocline.answers.one_map import is_dated, the_map
from thermocline.answers.reading import read
from thermocline.errors import BadData, BadFile
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE, Account

VARIABLE = "tos"
ERROR = 0.06
"""Standard deviation of a block mean's error, °C, where none is stated: an analysis's open sea."""
MAX_CELLS = 30_000_000
"""Most cells of an answer; a globe of 0.05° has 26 million."""
LEAST_BLOCKS = 4
"""Rows and columns that a grid needs at least."""


@dataclass(frozen=True)
class Coarse:
    """One day of a coarse product.

    Attributes:
        value: °C [h, w], NaN where there is none.
        latitude, longitude: of the blocks, degrees, ascending by equal steps; longitudes run on
            beyond 180° if the region crosses the date line.
        time: datetime64, a cftime date, or None if the file does not say.
        name: of the file.
        account: what became of the values that the file holds of that day.
    """

    value: NDArray[np.float32]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    time: Any
    name: str
    account: Account


def read_coarse(
    source: str | Path | xr.Dataset, date: str | None = None, most: int = MAX_CELLS
) -> Coarse:
    """One day of the sea-surface temperature in a file, or in a dataset as a file would have it.

    Args:
        date: which day, such as "2008-03-14", of a file with several.
        most: values of a day that are read.

    Raises:
        BadFile: if it is no whole NetCDF file, or holds no sea-surface temperature.
        BadData: for units that contradict the values, a grid that is not regular or too small or
            large, a day that is not in it, or no value at all.
    """
    if isinstance(source, xr.Dataset):
        with as_file(source) as path:
            return read_coarse(path, date, most)
    day = read(read_day, Path(source), "a gridded NetCDF", date, most)
    latitude, longitude, value = (day[n].values for n in ("latitude", "longitude", VARIABLE))
    time = day["time"].values.item(0) if day["time"].dtype == object else day["time"].values[0]
    account = Account.from_json(day.attrs[ATTRIBUTE])
    known = time if is_dated(time) else None
    return Coarse(value, latitude, longitude, known, Path(source).name, account)


def read_day(path: Path, date: str | None, most: int) -> xr.Dataset:
    """What `read_coarse` reads of a file, time NaT if unknown; a reader of `answers.reading`."""
    import dask

    from thermocline.sources import read_field
    from thermocline.sources.fields.reader import field_account
    from thermocline.sources.fields.statuses import IMPOSSIBLE

    where = path.name
    _refuse_huge(path, most)
    with read_field(path, VARIABLE) as field:
        if field.attrs.get("grid") != "rectilinear" or field.sizes["depth"] != 1:
            raise BadData(
                "the temperature is not a map on a regular grid of latitudes and longitudes",
                where=where,
                fix="interpolate it to one, at the surface, first",
            )
        number, time = the_map(field["time"].values, date, where)
        (day,) = dask.compute(field.isel(time=number, depth=0))
    latitude, longitude, value = (day[n].values for n in ("latitude", "longitude", VARIABLE))
    order = _turned(longitude)
    longitude = longitude[order] + np.where(longitude[order] < longitude[order][0], 360.0, 0.0)
    for name, axis in (("latitude", latitude), ("longitude", longitude)):
        _check_axis(name, axis, where)
    value = value[:, order]
    account = field_account(day, VARIABLE)
    bound, outside = VARIABLES[VARIABLE], account.dropped.get(IMPOSSIBLE, 0)
    if outside:
        raise BadData(
            f"{outside:,} of {value.size:,} temperatures are not the sea's",
            where=where,
            fix=f"the sea's lie within {bound.lower:g} and {bound.upper:g}: check the units and "
            "what stands for missing values",
        )
    if not np.isfinite(value).any():
        raise BadData("no value on that day", where=where, fix="choose another day, or file")
    axes = {"latitude": latitude.astype(float), "longitude": longitude.astype(float)}
    return xr.Dataset(
        {VARIABLE: (tuple(axes), value)},
        axes | {"time": np.array([np.datetime64("NaT", "ns") if time is None else time])},
        {ATTRIBUTE: account.to_json()},
    )


def turned_by(longitude: NDArray[np.float64]) -> float:
    """Degrees to take off longitudes that leave [−180, 180) for them to lie within it."""
    inside = longitude[0] >= -180 and longitude[-1] < 180
    return 0.0 if inside else float((longitude[0] + longitude[-1]) / 2)


def _refuse_huge(path: Path, most: int) -> None:
    """Look at the shape that a file claims before anything is read."""
    from thermocline.sources.fields.naming import find_variable
    from thermocline.sources.fields.reader import open_raw
    from thermocline.sources.files.opening import open_whole

    with open_whole(path, open_raw) as raw:
        name, _ = find_variable(raw, VARIABLE, path.name)
        shape = raw[name].shape[-2:]
    if np.prod(shape, dtype=float) > most:
        raise BadFile(
            f"{name} claims maps of {' × '.join(map(str, shape))} values: too many cells, if finer",
            where=path.name,
            fix=f"give a coarse product of at most {most:,} values, or cut a region out",
        )


def _turned(longitude: NDArray) -> NDArray[np.int64]:
    """Order of columns in which a region that crosses the date line is in one piece."""
    gaps = np.diff(longitude, append=longitude[:1] + 360)
    first = (int(np.argmax(gaps)) + 1) % longitude.size if gaps.max() > 1.5 * gaps.min() else 0
    return (np.arange(longitude.size) + first) % longitude.size


def _check_axis(name: str, axis: NDArray, where: str) -> None:
    if axis.size < LEAST_BLOCKS:
        raise BadData(
            f"{axis.size} values of {name}", where=where, fix=f"give at least {LEAST_BLOCKS}"
        )
    steps = np.diff(axis.astype(np.float64))
    even = (axis[-1] - axis[0]) / (axis.size - 1)
    if not np.all(np.abs(steps - even) < 0.01 * even):
        raise BadData(
            f"{name} does not go on by equal steps",
            where=where,
            fix="interpolate to a regular grid first",
        )
