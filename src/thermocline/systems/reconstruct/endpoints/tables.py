"""Observations from data frames, files of any reader, and requests, with their account."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from thermocline.answers.reading import read, reading
from thermocline.errors import BadObservations
from thermocline.observe import Observations, from_profiles
from thermocline.observe.profiles import platforms
from thermocline.sources.account import ATTRIBUTE, Account
from thermocline.systems.reconstruct.endpoints.month import (
    choose_month,
    month_of_table,
    near_month,
    parse_month,
)
from thermocline.systems.reconstruct.endpoints.request import ReconstructRequest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from thermocline.systems.reconstruct.model.method import Reconstructor

TABLE = "CSV"
REQUIRED = ("latitude", "longitude", "depth", "temperature")


class Read(NamedTuple):
    """Observations, the month they are for, and what became of those that were there."""

    observations: Observations
    month: np.datetime64
    account: Account


def observations_from_table(
    table: "pd.DataFrame", where: str = "observations", quote: bool = True
) -> Observations:
    """Observations from columns latitude, longitude, depth (m), temperature (°C), [error, time].

    Refusals quote the values that are wrong, but if `quote` is false: those of a file.

    Raises:
        BadObservations: if a column is missing or a value impossible.
    """
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise BadObservations(
            f"no column {', '.join(missing)}",
            where=where,
            fix=f"give the columns {', '.join(REQUIRED)} and optionally error and time",
        )
    time = None
    for name in ("time", "date"):
        if name in table.columns:
            time = table[name].to_numpy()
    latitude, longitude, depth, value = (table[name].to_numpy() for name in REQUIRED)
    return Observations.checked(
        latitude,
        longitude,
        depth,
        value,
        error=table["error"].to_numpy() if "error" in table.columns else None,
        time=time,
        quote=quote,
    )


def read_observations(
    path: str | Path,
    depth: ArrayLike,
    date: str | np.datetime64 | None = None,
    window: int = 0,
) -> Read:
    """The observations of one month from a profile file (EN4, Argo, …) or CSV.

    Args:
        depth: the model's levels [C], metres.
        date: the month wanted, observed itself or in the window around it; if None, the month of
            the observation nearest the file's median time. A CSV without time needs a date, and
            all its rows are taken to be of that month.
        window: months on either side whose observations are read too.

    Raises:
        BadFile: if the file cannot be read.
        BadObservations: if it has no usable observation of those months.
    """
    path = Path(path)
    return _observations(profiles_of(path), path.name, depth, date, window)


def profiles_of(path: Path) -> "xr.Dataset":
    """The profiles, or rows, of a file of observations; a reader of `answers.reading`."""
    from thermocline.sources import read_profiles

    return read_profiles(path)


def _observations(
    profiles: "xr.Dataset",
    where: str,
    depth: ArrayLike,
    date: str | np.datetime64 | None,
    window: int,
) -> Read:
    """See `read_observations`.

    Profiles are interpolated to the model's levels; a table's rows are taken as they stand.
    """
    from thermocline.sources import require_profiles

    account = Account.from_json(profiles.attrs[ATTRIBUTE])
    points = profiles.attrs["provider"] == TABLE
    if account.held or not points:
        require_profiles(profiles, where)
    time, month = profiles["time"].values, None
    if points:
        time = np.repeat(time, np.isfinite(profiles["thetao"].values).sum(axis=1))
        if np.isnat(time).all():  # all rows are taken to be of the month asked for
            month = month_of_table(date, where, account)
    month = choose_month(time, date, window, where) if month is None else month
    months = profiles["time"].values.astype("datetime64[M]")
    held = np.isfinite(profiles["thetao"].values).sum(axis=1)
    near = near_month(profiles["time"].values, month, window)
    undated = np.isnat(months)
    if points and undated.all():
        near[:] = True
    account = account.without(
        {
            "without a date": int(held[undated & ~near].sum()),
            "in other months": int(held[~undated & ~near].sum()),
        }
    )
    chosen = profiles.isel(n_prof=np.flatnonzero(near))
    if points:
        return Read(_points(chosen), month, account)
    found = from_profiles(chosen, depth)
    assert found.represents is not None
    far = account.used - int(found.represents.sum())
    return Read(found, month, account.without({"too far from the model's levels": far}))


def requested_observations(model: "Reconstructor", request: ReconstructRequest, wants: str) -> Read:
    """The observations that a request holds, or names a file of, and the month they are for.

    Raises:
        BadObservations: for both or neither, or if there is no usable one.
        BadFile: if the file cannot be read.
    """
    if (request.observations is None) == (request.file is None):
        raise BadObservations(
            "neither observations nor a file"
            if request.file is None
            else "both a file and observations",
            where="request",
            fix="give either `observations` with a `date`, or a `file`",
        )
    if request.file is not None:
        profiles = read(profiles_of, request.file, wants)
        with reading(request.file, wants):
            where, window = request.file.name, model.contract.window
            return _observations(profiles, where, model.depth, request.date, window)
    columns: dict[str, Any] = {
        name: [getattr(one, name) for one in request.observations or []]
        for name in ("latitude", "longitude", "depth", "temperature", "error", "time")
    }
    columns["value"] = columns.pop("temperature")
    given = Observations.checked(**columns)
    every = Account(held=len(given), used=len(given), of="observations")
    return Read(given, parse_month(request.date or ""), every)


def _points(table: "xr.Dataset") -> Observations:
    """The rows of a table as they were given."""
    values = table["thetao"].values
    row, level = np.nonzero(np.isfinite(values))
    time = table["time"].values[row]
    found = Observations.checked(
        latitude=table["latitude"].values[row],
        longitude=table["longitude"].values[row],
        depth=table["depth"].values[row, level],
        value=values[row, level],
        error=table["error"].values[row, level] if "error" in table else None,
        time=None if np.isnat(time).all() else time,
        quote=False,
    )
    return replace(found, platform=platforms(table, row))
