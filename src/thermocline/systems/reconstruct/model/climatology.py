"""A climatology of the user's own, such as WOA's or Levitus's, in the place of the model's.

A model answers with departures from a climatology. That of a simulated ocean may be degrees away
from the real one, and what the model takes for an anomaly is then an error of its mean state. With
another climatology the same departures are added to another mean, and observations depart from it.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.prepare.vertical import interpolate_depth
from thermocline.sources import read_field

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.model.method import Reconstructor

FIELD = "climatology"


def of_file(path: Path, latitude: ArrayLike, longitude: ArrayLike, depth: ArrayLike) -> xr.Dataset:
    """`monthly` of one file, as `FIELD`; a reader of `answers.reading`.

    Args:
        latitude, longitude, depth: the model's.
    """
    grid = LatLonGrid(np.asarray(latitude), np.asarray(longitude))
    with read_field(path, "thetao") as field:
        dims = "month", "depth", "latitude", "longitude"
        return xr.Dataset({FIELD: (dims, monthly(grid, depth, [field]))})


def replaced(model: "Reconstructor", fields: NDArray[np.float64]) -> "Reconstructor":
    """The model with other monthly means [12, C, H, W], °C, where they are not NaN."""
    own = model.statistics
    known = np.isfinite(fields) & own.ocean
    climatology = np.where(known, fields, own.climatology).astype(np.float32)
    statistics = replace(own, climatology=climatology)
    contract = model.contract.model_copy(update={"statistics_digest": statistics.digest()})
    return replace(model, statistics=statistics, contract=contract)


def monthly(
    grid: LatLonGrid, depth: ArrayLike, datasets: Sequence[xr.Dataset]
) -> NDArray[np.float64]:
    """Means by calendar month [12, C, H, W] in °C on a model's grid and levels, NaN where none.

    Args:
        depth: the levels [C], metres.
        datasets: canonical, with `thetao` (time, depth, latitude, longitude).
    """
    depth = np.asarray(depth)
    shape = (12, len(depth), *grid.shape)
    total, count = np.zeros(shape), np.zeros(shape)
    for dataset in datasets:
        latitude, longitude = dataset["latitude"].values, dataset["longitude"].values
        method = best_method(latitude, longitude, grid)
        regridder = Regridder(latitude, longitude, grid, method)
        months = calendar_months(dataset["time"])
        data = dataset["thetao"].transpose("time", "depth", ...)
        for index, month in enumerate(months):
            given = data.isel(time=index).values.astype(np.float32)
            field = regridder(interpolate_depth(given, dataset["depth"].values, depth))
            total[month - 1] += np.nan_to_num(field)
            count[month - 1] += np.isfinite(field)
    missing = [month + 1 for month in range(12) if not count[month].any()]
    if missing:
        raise BadData(
            "no value on the model's grid and levels in calendar month "
            + ", ".join(map(str, missing)),
            where="climatology",
            fix="give files of all twelve months, with the model's depths between theirs",
        )
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def calendar_months(time: xr.DataArray) -> NDArray[np.int64]:
    """The month, 1 to 12, of each date; or these numbers themselves, all twelve of them.

    Raises:
        BadData: for other numbers.
    """
    if time.dtype.kind in "MO":
        return np.asarray(time.dt.month.values, np.int64)
    if not np.array_equal(np.sort(time.values), np.arange(1, 13)):
        raise BadData(
            "times do not say which months they are",
            where="climatology",
            fix="give dates, such as `days since 2000-01-01`, or the months 1 to 12",
        )
    return time.values.astype(np.int64)
