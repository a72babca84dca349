"""The canonical profiles dataset, with the account of what is kept of what a file holds."""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadObservations
from thermocline.ocean.sphere import wrap_longitude
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, UNCONVERTED, Sieve
from thermocline.sources.casts.checks import check_meaning, check_unit, on_the_globe
from thermocline.sources.casts.raw import Casts
from thermocline.sources.casts.vertical import drop, vertical
from thermocline.sources.common.attributes import ABSOLUTE, derived
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.salinity import check as check_salinity
from thermocline.sources.common.seawater import practical_salinity
from thermocline.sources.common.units import temperature_kind, to_potential

ERROR = {"long_name": "standard error of thetao", "units": "degree_Celsius"}


def profiles_dataset(casts: Casts, path: str | os.PathLike[str], provider: str) -> xr.Dataset:
    """The canonical profiles dataset: thetao, so, depth (n_prof, n_level), and positions.

    Where the casts have an `error`, so has it.

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
    warm, salt = Sieve(given.held, casts.of), Sieve(salty.held, casts.of)
    warm.note(*casts.notes)
    for reason, profiles in casts.rejected_temperature.items():
        warm.drop(reason, profiles[:, None])
    for reason, levels in casts.rejected_salinity.items():
        salt.drop(reason, levels)
    latitude, longitude = np.asarray(casts.latitude, float), np.asarray(casts.longitude, float)
    for name, quantity, sieve in (("temperature", given, warm), ("salinity", salty, salt)):
        for reason, profiles in casts.rejected.items():
            sieve.drop(reason, profiles[:, None])
        placed = np.isfinite(latitude) & np.isfinite(longitude)
        sieve.drop("without a position", ~placed[:, None])
        if not casts.undated:
            sieve.drop("without a date", np.isnat(casts.time)[:, None])
        drop(sieve, name, quantity)
    metres, dbar = vertical(casts, latitude[:, None], warm, salt, where)
    present = np.asarray(warm.left.any(axis=1))
    latitude, away = on_the_globe(latitude, longitude, present, where)
    salt.drop("position that is not on the globe", away[:, None])
    check_unit(given.values[warm.left], where)
    place = (dbar, latitude[:, None], longitude[:, None])
    salinity = salty.accepted
    check_salinity(salinity, where=where, what="salinity")
    if derived(salty.attributes) == ABSOLUTE:
        salinity = practical_salinity(salinity, *place)
        warm.note("absolute salinity is converted to practical")
    possible = VARIABLES["so"]
    salinity = np.where(
        (salinity >= possible.lower) & (salinity <= possible.upper), salinity, np.nan
    )
    salt.drop("salinity impossible in the ocean", np.isnan(salinity))
    kind = temperature_kind(given.attributes) or casts.kind
    fine = np.where(warm.left, given.values, np.nan)
    thetao = to_potential(kind, fine, salinity, *place, where=where)
    warm.drop(UNCONVERTED, np.isnan(thetao))
    bounds = VARIABLES["thetao"]
    impossible = ~((thetao >= bounds.lower) & (thetao <= bounds.upper))
    warm.drop("temperature impossible in the ocean", impossible)
    # A sensor just above the mean surface (waves, drift) is at the surface.
    values = {"thetao": thetao, "so": salinity, "depth": np.clip(metres, 0, None)}
    if casts.error is not None:
        values["error"] = casts.error
    if casts.repeated is not None:
        for sieve in (warm, salt):
            sieve.drop("the same as a row before it", casts.repeated)
    _drop_repeated(casts, values, warm, salt)
    return _dataset(casts, values, warm, salt, (latitude, longitude)).assign_attrs(
        {
            "source": os.path.basename(path),  # noqa: PTH119
            "provider": provider,
            ATTRIBUTE: warm.account().to_json(),
            OF_SALINITY: salt.account().to_json(),
        }
    )


def _dataset(
    casts: Casts,
    values: dict[str, NDArray],
    warm: Sieve,
    salt: Sieve,
    position: tuple[NDArray, NDArray],
) -> xr.Dataset:
    """The profiles and levels that have a value left, with what the variables are."""
    either = warm.left | salt.left
    chosen = np.flatnonzero(either.any(axis=1))
    levels = int(np.flatnonzero(either.any(axis=0)).max(initial=-1)) + 1
    described = {
        "thetao": (warm.left, VARIABLES["thetao"].attributes),
        "so": (salt.left, VARIABLES["so"].attributes),
        "depth": (either, {"standard_name": "depth", "units": "m", "positive": "down"}),
        "error": (warm.left, ERROR),
    }
    variables = {}
    for name, found in values.items():
        left, attributes = described[name]
        kept = np.where(left[chosen, :levels], found[chosen, :levels], np.nan)
        variables[name] = (("n_prof", "n_level"), kept, attributes)
    north, east = (
        {"standard_name": name, "units": unit}
        for name, unit in (("latitude", "degrees_north"), ("longitude", "degrees_east"))
    )
    time = casts.time[chosen].astype("datetime64[ns]")
    return xr.Dataset(
        variables,
        coords={
            "latitude": ("n_prof", position[0][chosen], north),
            "longitude": ("n_prof", wrap_longitude(position[1][chosen]), east),
            "time": ("n_prof", time, {"standard_name": "time"}),
            "platform_number": ("n_prof", np.array([casts.platform[i] for i in chosen], dtype=str)),
        },
    )


def _drop_repeated(casts: Casts, values: dict[str, NDArray], warm: Sieve, salt: Sieve) -> None:
    """Drop what has the place, time, platform and values of a profile before it.

    A salinity is dropped if the temperatures beside it are the same, too.
    """
    either = warm.left | salt.left
    parts = {
        "thetao": {"thetao": warm.left, "depth": warm.left},
        "so": {"thetao": warm.left, "so": salt.left, "depth": either},
    }
    repeated = {}
    for name, left in parts.items():
        seen, repeated[name] = set(), np.zeros(len(either), dtype=bool)
        kept = np.stack([np.where(where, values[each], np.nan) for each, where in left.items()])
        for i in np.flatnonzero(left[name].any(axis=1)):
            place = (casts.latitude[i], casts.longitude[i], str(casts.time[i]), casts.platform[i])
            key = (*place, kept[:, i].tobytes())
            repeated[name][i] = key in seen
            seen.add(key)
    warm.drop("duplicate of another profile", repeated["thetao"][:, None])
    salt.drop("duplicate of another profile", repeated["so"][:, None])


def with_temperature(profiles: xr.Dataset) -> xr.Dataset:
    """Profiles and levels that have a temperature, and what was measured there beside it."""
    there = np.isfinite(profiles["thetao"].values)
    chosen = np.flatnonzero(there.any(axis=1))
    levels = int(np.flatnonzero(there.any(axis=0)).max(initial=-1)) + 1
    part = profiles.isel(n_prof=chosen, n_level=slice(0, levels))
    result = part.where(np.isfinite(part["thetao"]))
    del result.attrs[OF_SALINITY]
    return result


def require_profiles(profiles: xr.Dataset, where: str) -> xr.Dataset:
    """`profiles` itself; raises BadObservations if there is none in it."""
    if profiles.sizes["n_prof"] == 0:
        raise BadObservations(
            "every value is missing, impossible or not flagged good: no usable profile",
            where=where,
            fix="give a file with at least one temperature of good quality",
        )
    return profiles
