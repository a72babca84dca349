"""Profiles of a request, from points or a file, and its day."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.answers.reading import read
from thermocline.errors import BadObservations
from thermocline.ocean.sphere import wrap_longitude
from thermocline.sources import read_casts, require_profiles
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, Account
from thermocline.systems.densify.data.raw import DAYS, WATER
from thermocline.systems.densify.endpoints.limits import WANTS

if TYPE_CHECKING:
    from thermocline.systems.densify.endpoints.request import DensifyRequest, WaterObservation

COLUMNS = {
    "thetao": "temperature",
    "so": "salinity",
    "thetao_error": "error",
    "so_error": "salinity_error",
}
NAT = np.datetime64("NaT", "D")
MOST_VALUES = 10_000_000
"""Of a table with a row for each place and as many columns as the longest profile has points."""
SAME = 9
"""Decimals of a degree in which longitudes of one place agree: −75.1 is 284.9 but for rounding."""
OF = "values of profiles"
"""Unit of the account: temperatures and salinities."""


def profiles_of(request: "DensifyRequest") -> tuple[xr.Dataset, Account]:
    """Profiles as readers give them, with errors, and what became of the values so far.

    Dims n_prof, n_level: thetao, so, depth, and `<variable>_error`, NaN where not stated; without
    any profile if none was given. The account is of both variables.

    Raises:
        BadObservations: for both a file and observations.
        BadFile: if the file cannot be read.
    """
    if request.file is not None and request.observations is not None:
        raise BadObservations(
            "both a file and observations",
            where="request",
            fix="give either `observations` with a `date`, or a `file`",
        )
    if request.file is None:
        found = _of_points(request.observations or [])
        count = sum(int(np.isfinite(found[name].values).sum()) for name in WATER)
        return found, Account(held=count, used=count, of=OF)
    found = read(_profiles, request.file, WANTS)
    warm, salt = (Account.from_json(found.attrs[each]) for each in (ATTRIBUTE, OF_SALINITY))
    stated = found["error"] if "error" in found else np.nan * found["thetao"]
    found = found.assign(thetao_error=stated, so_error=np.nan * found["so"])
    return found, warm.beside(salt, OF)


def _profiles(path: Path) -> xr.Dataset:
    """Those of a file; a reader of `answers.reading`."""
    return require_profiles(read_casts(path), path.name)


def day_of(request: "DensifyRequest", time: NDArray) -> np.datetime64:
    """The day asked for, else that of the profile in the middle of times [n]; NaT for none."""
    if request.date is not None:
        return np.datetime64(request.date, "D")
    known = np.sort(time[~np.isnat(time)])
    return known[known.size // 2].astype("datetime64[D]") if known.size else NAT


def near(time: NDArray, day: np.datetime64) -> NDArray[np.bool_]:
    """Which times [n] are near a day; those unknown are taken to be."""
    apart = np.abs(time.astype("datetime64[D]") - day)
    return np.isnat(time) | (apart <= np.timedelta64(DAYS, "D"))


def _of_points(points: "Sequence[WaterObservation]") -> xr.Dataset:
    """Points of one place, whichever way its longitude is written, as a profile; without times.

    Raises:
        BadObservations: for a table of places and depths that is too large.
    """
    east = wrap_longitude([p.longitude for p in points]).round(SAME)
    keys = [(p.latitude, x) for p, x in zip(points, east.tolist(), strict=True)]
    places = list(dict.fromkeys(keys))
    number = {place: k for k, place in enumerate(places)}
    row = np.array([number[key] for key in keys], int)
    order = np.zeros(len(places), int)
    level = np.zeros(len(points), int)
    for k, r in enumerate(row):
        level[k], order[r] = order[r], order[r] + 1
    shape = len(places), int(order.max(initial=0))
    if shape[0] * shape[1] > MOST_VALUES:
        raise BadObservations(
            f"{shape[0]:,} places, one of them with {shape[1]:,} points",
            where="observations",
            fix="give fewer points at that place, or ask about it alone",
        )
    data = {}
    for name, column in {**COLUMNS, "depth": "depth"}.items():
        values = np.full(shape, np.nan)
        values[row, level] = np.array([getattr(p, column) for p in points], float)  # None: NaN
        data[name] = (("n_prof", "n_level"), values)
    latitude, longitude = np.array(places, float).reshape(-1, 2).T
    coords = {
        "latitude": ("n_prof", latitude),
        "longitude": ("n_prof", longitude),
        "time": ("n_prof", np.full(len(places), np.datetime64("NaT", "ns"))),
    }
    return xr.Dataset(data, coords)
