"""The observations of a request, on the cells of the model's map, and what became of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.answers.one_map import day_of, is_dated, the_map
from thermocline.answers.reading import read
from thermocline.errors import BadData, BadObservations
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Observed, Problem
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.remap import to_map
from thermocline.sources import read_field, sniff
from thermocline.sources.account import ATTRIBUTE, Account
from thermocline.sources.fields.reader import field_account
from thermocline.systems.seaice.data.cases import problem
from thermocline.systems.seaice.data.physics import CONCENTRATION, THICKNESS
from thermocline.systems.seaice.data.raw import ICE
from thermocline.systems.seaice.endpoints.limits import WANTS
from thermocline.systems.seaice.endpoints.points import read_points

if TYPE_CHECKING:
    from thermocline.systems.seaice.endpoints.request import IceRequest
    from thermocline.systems.seaice.model.method import IceModel

CHANNEL = {"concentration": CONCENTRATION, "thickness": THICKNESS}


class Asked(NamedTuple):
    """A problem, a sentence on how many values are used, and what became of those given."""

    problem: Problem
    said: str
    account: Account


def asked(model: "IceModel", request: "IceRequest") -> Asked:
    """What a request asks.

    Raises:
        BadObservations: for no observation that can be used, or no day.
        BadData, BadFile: for a file that is not what it has to be.
    """
    if (request.file is None) == (request.observations is None):
        raise BadObservations(
            "neither observations nor a file"
            if request.file is None
            else "both a file and observations",
            where="request",
            fix="give either `observations` with a `date`, or a `file`",
        )
    found = None if request.file is None else _of_file(model, request)
    if found is not None and "siconc" in found:
        day, values = found["time"].values[0], found["siconc"].values[0]
        account = Account.from_json(found.attrs[ATTRIBUTE])
        given = {CONCENTRATION: values}
        count = int((np.isfinite(values) & model.ocean).sum())
        sea = int(model.ocean.sum())
        said = f"{count} of {sea} cells of the map's sea have a concentration of the file"
    elif found is not None:
        day = found["time"].values[0].astype("datetime64[D]")
        account = Account.from_json(found.attrs[ATTRIBUTE])
        columns = {name: found[name].values for name in ("latitude", "longitude", *CHANNEL)}
        given, said, off = _of_points(model, columns)
        account = account.without(off)
    else:
        day = _day(request.date)
        if np.isnat(day):
            raise BadObservations(
                "a month, and no day" if request.date else "no date",
                where="date",
                fix='add the day of the observations, such as "2008-03-14"',
            )
        points = request.observations or []
        columns = {
            name: np.array([getattr(p, name) for p in points], float)  # None: NaN
            for name in ("latitude", "longitude", *CHANNEL)
        }
        given, said, off = _of_points(model, columns)
        account = Account(len(points), len(points), of="observations").without(off)
    default = model.settings.data.errors
    errors = {
        CONCENTRATION: request.error or default.siconc,
        THICKNESS: request.thickness_error or default.sithick,
    }
    seen = [_observed(model, c, values, errors[c]) for c, values in given.items()]
    if not any(each.operator.size for each in seen):
        raise BadObservations(
            f"nothing that can be used: {said}",
            where="observations",
            fix="give values on the sea of the model's map, the Arctic",
        )
    return Asked(problem(model.grid, model.ocean, day, seen), said, account)


def _observed(model: "IceModel", channel: int, values: NDArray, error: float) -> Observed:
    """Cells [H, W] that have a value."""
    cells = np.flatnonzero(np.isfinite(values) & model.ocean)
    index = channel * model.ocean.size + cells
    shape = (len(ICE), *model.ocean.shape)
    return Observed(Cells(shape, index), values.ravel()[cells], np.full(len(cells), error))


def _of_points(
    model: "IceModel", points: dict[str, NDArray[np.float64]]
) -> tuple[dict[int, NDArray[np.float64]], str, dict[str, int]]:
    """Means of the values in each cell by channel [H, W], NaN where there is none, and the rest.

    Args:
        points: places and values by name, [n] each, NaN where there is no value.
    """
    places = points["latitude"], points["longitude"]
    count_of = len(points["latitude"])
    row, column = model.grid.locate(*places)
    used = model.grid.contains(*places)
    used &= model.ocean[row, column]
    given = {}
    for name, channel in CHANNEL.items():
        values = points[name]
        kept = used & np.isfinite(values)
        total, count = (np.zeros(model.ocean.shape) for _ in range(2))
        np.add.at(total, (row[kept], column[kept]), values[kept])
        np.add.at(count, (row[kept], column[kept]), 1)
        given[channel] = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    cells = int(np.isfinite(np.stack([*given.values()])).any(axis=0).sum())
    where = f"in {cells} cell{'' if cells == 1 else 's'}"
    said = f"{int(used.sum())} of {count_of} observations lie on the map's sea, {where}"
    return given, said, {"off the map's sea": count_of - int(used.sum())}


def _day(date: str | None) -> np.datetime64:
    """The day that a date is; NaT for a month, and for none."""
    when = np.datetime64(date or "NaT")
    return when if when.dtype == np.dtype("datetime64[D]") else np.datetime64("NaT", "D")


def _of_file(model: "IceModel", request: "IceRequest") -> xr.Dataset:
    """What `observations` makes of the request's file."""
    assert request.file is not None
    date = None if request.date is None else str(request.date)
    axes = model.grid.x, model.grid.y, model.grid.crs
    return read(observations, request.file, WANTS, date, *axes)


def observations(path: Path, date: str | None, x: NDArray, y: NDArray, crs: str) -> xr.Dataset:
    """`concentration` of a map, or `points.read_points` of a table; a reader likewise."""
    if sniff(path) == "csv":
        return read_points(path, _day(date))
    return concentration(path, date, x, y, crs)


def concentration(path: Path, date: str | None, x: NDArray, y: NDArray, crs: str) -> xr.Dataset:
    """`siconc` (time, y, x) of a file's only map, or of the day's or month's asked for, on a map.

    Its attribute `account` is of the map's values in the file. A reader of `answers.reading`.

    Raises:
        BadFile, BadData: for a file that is not what it has to be, or is not of one such day.
    """
    grid = ProjectedGrid(x, y, crs)
    with read_field(path, "siconc") as field:
        times = field["time"].values
        dated = times.size > 1 or is_dated(times[0])
        number, time = the_map(times, date if dated else None, path.name)
        day = day_of(time) if dated else _day(date)
        if np.isnat(day):
            raise BadData("its map has no date", where=path.name, fix="say its day by `date`")
        part: Any = field.isel(time=[number], depth=0)
        values = np.clip(to_map(part, "siconc", grid).values, 0, 1).astype(np.float64)
        account = field_account(part, "siconc").to_json()
    fields = {"siconc": (("time", "y", "x"), values)}
    return xr.Dataset(fields, {"time": [day]}, {ATTRIBUTE: account})
