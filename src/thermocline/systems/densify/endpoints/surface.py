"""Surface fields of a request, of its day and on the cells of a region."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.answers.reading import read
from thermocline.errors import BadData, BadFile, shown
from thermocline.ocean.latlon import LatLonGrid
from thermocline.prepare.regrid import Regridder, best_method
from thermocline.sources import read_field
from thermocline.sources.fields.reader import field_account, held
from thermocline.sources.files.clock import days_of
from thermocline.sources.formats import FIELD_READERS, sniff
from thermocline.systems.densify.data.raw import DAYS, SURFACE
from thermocline.systems.densify.endpoints.limits import SURFACE_WANTS
from thermocline.systems.densify.endpoints.profiles import NAT

FEWEST = 0.05
"""The least share of the region's sea that a field has to cover to be used."""


def only_day(path: Path) -> np.datetime64:
    """The day of a file with one time; NaT for others."""
    days = read(_times_and_places, path, SURFACE_WANTS)["time"].values.astype("datetime64[D]")
    return days[0] if days.size == 1 else NAT


def only_region(path: Path, grids: Mapping[str, LatLonGrid]) -> str | None:
    """The one of these regions that the fields of a file reach; None for none and for several."""
    found = read(_times_and_places, path, SURFACE_WANTS)
    reached = [name for name, grid in grids.items() if _reach(found, grid)]
    return reached[0] if len(reached) == 1 else None


def surface_fields(
    path: Path, grid: LatLonGrid, ocean: NDArray[np.bool_], day: np.datetime64
) -> tuple[dict[str, NDArray[np.float32]], list[str]]:
    """Fields of a day [H, W] by name, NaN where there is none, and notes about them.

    One that covers less than `FEWEST` of the region's sea is left out.

    Raises:
        BadFile: if the file cannot be read, or holds none of them.
        BadData: if no time of a field is near the day, or none has a value in the region.
    """
    fields = read(_fields, path, SURFACE_WANTS, grid.latitude, grid.longitude, ocean, str(day))
    found = {str(name): field.values for name, field in fields.items()}
    return found, str(fields.attrs["notes"]).splitlines()


def _times_and_places(path: Path) -> xr.Dataset:
    """The dates and the places of a file; a reader of `answers.reading`, as `_fields` is."""
    with read_field(path, _names(path)[0]) as field:
        places = {name: field[name].variable.load() for name in ("latitude", "longitude")}
        days = days_of(field["time"].values).astype("datetime64[ns]")
        return xr.Dataset(coords={"time": days, **places})


def _reach(places: xr.Dataset, grid: LatLonGrid) -> bool:
    """Whether a cell of a file lies in a region; rows and columns apart, where they are axes."""
    latitude, longitude = places["latitude"].values, places["longitude"].values
    if latitude.ndim > 1:
        return bool(grid.contains(latitude, longitude).any())
    middle = [float(np.median(axis)) for axis in (grid.latitude, grid.longitude)]
    rows, columns = grid.contains(latitude, middle[1]), grid.contains(middle[0], longitude)
    return bool(rows.any() and columns.any())


def _fields(
    path: Path, latitude: NDArray, longitude: NDArray, ocean: NDArray[np.bool_], day: str
) -> xr.Dataset:
    """See `surface_fields`; notes have a line each in the attribute `notes`."""
    grid, date = LatLonGrid(latitude, longitude), np.datetime64(day, "D")
    found, notes, any_value = {}, [], False
    for name in _names(path):
        with read_field(path, name) as field:
            part: Any = field.isel(time=_nearest(field, date, path.name), depth=0)
            place = part["latitude"].values, part["longitude"].values
            values = Regridder(*place, grid, best_method(*place, grid))(part[name].values)
            account = field_account(part, name)
        share = float(np.isfinite(values[ocean]).mean())
        less = f", less than {FEWEST:.0%}: it is not used" if 0 < share < FEWEST else ""
        notes.append(f"{name} covers {share:.0%} of the region's sea{less}")
        notes += [f"{name}: {count:,} values {why}" for why, count in account.dropped.items()]
        notes += [f"{name}: {note}" for note in account.notes]
        any_value |= share > 0
        if share >= FEWEST:
            found[name] = (("latitude", "longitude"), values.astype(np.float32))
    if not any_value:
        raise BadData(
            "no surface field has a value in the region",
            where=path.name,
            fix="give fields that cover the region, or name another one",
        )
    return xr.Dataset(found, attrs={"notes": "\n".join(notes)})


def _names(path: Path) -> list[str]:
    """The surface fields that a file holds."""
    names = held(path, SURFACE) if sniff(path) in FIELD_READERS else []
    if not names:
        raise BadFile(
            f"none of {', '.join(SURFACE)} (sea surface temperature, salinity, height)",
            where=path.name,
            fix=f"give {SURFACE_WANTS}",
        )
    return names


def _nearest(field: xr.Dataset, day: np.datetime64, where: str) -> int:
    """The time of a field that is nearest to a day; a single one that is not known is the day's."""
    days = days_of(field["time"].values)
    if days.size == 1 and np.isnat(days[0]):
        return 0
    known = np.flatnonzero(~np.isnat(days))
    apart = np.abs(days - day)
    nearest = int(known[np.argmin(apart[known])]) if known.size else 0
    if not apart[nearest] <= np.timedelta64(DAYS, "D"):
        raise BadData(
            f"no time within {DAYS} days of {shown(day)}: it has {shown(_span(days))}",
            where=where,
            fix="give the fields of that day, or ask for another `date`",
        )
    return nearest


def _span(days: NDArray[np.datetime64]) -> str:
    return str(days[0]) if days.size == 1 else f"{days.size}, from {days[0]} to {days[-1]}"
