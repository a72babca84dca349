"""Which values of casts are used, converted to our units, with an account of those that are not."""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadObservations
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import UNCONVERTED, DropCounter
from thermocline.sources.casts.checks import check_meaning, check_unit, on_the_globe
from thermocline.sources.casts.dataset import canonical_profiles
from thermocline.sources.casts.raw import Casts
from thermocline.sources.casts.vertical import drop, vertical
from thermocline.sources.common.attributes import ABSOLUTE, derived
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.salinity import check as check_salinity
from thermocline.sources.common.seawater import practical_salinity
from thermocline.sources.common.temperature import temperature_kind, to_potential

Place = tuple[NDArray, NDArray, NDArray]
"""Pressure (dbar) [n_prof, n_level], latitude and longitude (degrees) [n_prof, 1]."""


def profiles_dataset(casts: Casts, path: str | os.PathLike[str], provider: str) -> xr.Dataset:
    """The canonical profiles dataset: thetao, so, depth (n_prof, n_level), and positions.

    It has a variable `error` where the casts have one.

    Levels may have a temperature, a salinity or both; depths are NaN where they have neither.
    Profiles without any such level are left out, and so are levels that no profile uses. The
    attribute `account` says how many temperatures the file holds, how many are used, and why the
    others are not; `salinity_account` says so of salinities.

    Raises:
        BadData: for a position off the globe that no flag rejects, temperatures in kelvin, or
            pressure and depth that contradict each other.
    """
    where = os.fspath(path)
    given, salty = casts.temperature, casts.salinity
    if salty is None:
        salty = Quantity.plain(np.full(given.values.shape, np.nan))
    check_meaning({"temperature": given, "salinity": salty}, where)
    temperatures, salinities = _counters(casts, salty)
    latitude, longitude = np.asarray(casts.latitude, float), np.asarray(casts.longitude, float)
    metres, dbar = vertical(casts, latitude[:, None], temperatures, salinities, where)
    present = np.asarray(temperatures.remaining.any(axis=1))
    latitude, away = on_the_globe(latitude, longitude, present, where)
    salinities.drop("position that is not on the globe", away[:, None])
    check_unit(given.values[temperatures.remaining], where)
    place = (dbar, latitude[:, None], longitude[:, None])
    salinity = _practical_salinity(salty, place, temperatures, salinities, where)
    thetao = _potential_temperature(casts, salinity, place, temperatures, where)
    # A sensor just above the mean surface (waves, drift) is at the surface.
    values = {"thetao": thetao, "so": salinity, "depth": np.clip(metres, 0, None)}
    if casts.error is not None:
        values["error"] = casts.error
    _drop_repeated(casts, values, temperatures, salinities)
    attributes = {"source": os.path.basename(path), "provider": provider}  # noqa: PTH119
    position = (latitude, longitude)
    return canonical_profiles(casts, values, temperatures, salinities, position, attributes)


def _counters(casts: Casts, salinity: Quantity) -> tuple[DropCounter, DropCounter]:
    """The temperatures and the salinities that the file itself does not reject."""
    temperatures = DropCounter(casts.temperature.held, casts.of)
    salinities = DropCounter(salinity.held, casts.of)
    temperatures.note(*casts.notes)
    for reason, profiles in casts.rejected_temperature.items():
        temperatures.drop(reason, profiles[:, None])
    for reason, levels in casts.rejected_salinity.items():
        salinities.drop(reason, levels)
    placed = np.isfinite(casts.latitude) & np.isfinite(casts.longitude)
    for name, quantity, counter in (
        ("temperature", casts.temperature, temperatures),
        ("salinity", salinity, salinities),
    ):
        for reason, profiles in casts.rejected.items():
            counter.drop(reason, profiles[:, None])
        counter.drop("without a position", ~placed[:, None])
        if not casts.undated:
            counter.drop("without a date", np.isnat(casts.time)[:, None])
        drop(counter, name, quantity)
    return temperatures, salinities


def _practical_salinity(
    given: Quantity, place: Place, temperatures: DropCounter, salinities: DropCounter, where: str
) -> NDArray[np.float64]:
    """Practical salinities [n_prof, n_level]; NaN where they are impossible, which is counted."""
    salinity = given.accepted
    check_salinity(salinity, where=where, what="salinity")
    if derived(given.attributes) == ABSOLUTE:
        salinity = practical_salinity(salinity, *place)
        temperatures.note("absolute salinity is converted to practical")
    low, high = VARIABLES["so"].lower, VARIABLES["so"].upper
    salinity = np.where((salinity >= low) & (salinity <= high), salinity, np.nan)
    salinities.drop("salinity impossible in the ocean", np.isnan(salinity))
    return salinity


def _potential_temperature(
    casts: Casts, salinity: NDArray[np.float64], place: Place, temperatures: DropCounter, where: str
) -> NDArray[np.float64]:
    """Potential temperatures [n_prof, n_level], °C; what is impossible is counted."""
    kind = temperature_kind(casts.temperature.attributes) or casts.kind
    values = np.where(temperatures.remaining, casts.temperature.values, np.nan)
    thetao = to_potential(kind, values, salinity, *place, where=where)
    temperatures.drop(UNCONVERTED, np.isnan(thetao))
    low, high = VARIABLES["thetao"].lower, VARIABLES["thetao"].upper
    temperatures.drop("temperature impossible in the ocean", ~((thetao >= low) & (thetao <= high)))
    return thetao


def _drop_repeated(
    casts: Casts, values: dict[str, NDArray], temperatures: DropCounter, salinities: DropCounter
) -> None:
    """Drop repeated rows, and profiles with the position, time, platform and values of another one.

    Salinities are dropped only if the temperatures of both profiles are equal, too.
    """
    if casts.repeated is not None:
        for counter in (temperatures, salinities):
            counter.drop("the same as a row before it", casts.repeated)
    either = temperatures.remaining | salinities.remaining
    parts = {
        "thetao": {"thetao": temperatures.remaining, "depth": temperatures.remaining},
        "so": {"thetao": temperatures.remaining, "so": salinities.remaining, "depth": either},
    }
    repeated = {}
    for name, remaining in parts.items():
        seen, repeated[name] = set(), np.zeros(len(either), dtype=bool)
        kept = np.stack(
            [np.where(where, values[each], np.nan) for each, where in remaining.items()]
        )
        for i in np.flatnonzero(remaining[name].any(axis=1)):
            place = (casts.latitude[i], casts.longitude[i], str(casts.time[i]), casts.platform[i])
            key = (*place, kept[:, i].tobytes())
            repeated[name][i] = key in seen
            seen.add(key)
    temperatures.drop("duplicate of another profile", repeated["thetao"][:, None])
    salinities.drop("duplicate of another profile", repeated["so"][:, None])


def require_profiles(profiles: xr.Dataset, where: str) -> xr.Dataset:
    """`profiles` as they are; raises BadObservations if there is none."""
    if profiles.sizes["n_prof"] == 0:
        raise BadObservations(
            "every value is missing, impossible or not flagged good: no usable profile",
            where=where,
            fix="give a file with at least one temperature of good quality",
        )
    return profiles
