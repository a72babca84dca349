"""The canonical profiles dataset, with the account of what is kept of what a file holds."""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, BadObservations
from thermocline.ocean.sphere import wrap_longitude
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.account import ATTRIBUTE, Sieve
from thermocline.sources.casts import Casts
from thermocline.sources.derived import ABSOLUTE, advice, derived
from thermocline.sources.quantity import Quantity
from thermocline.sources.salinity import check as check_salinity
from thermocline.sources.seawater import practical_salinity
from thermocline.sources.statuses import UNCONVERTED
from thermocline.sources.units import temperature_kind, to_potential
from thermocline.sources.vertical import drop, vertical

ROUNDING = 1e-4
"""Degrees by which a position may leave the globe: what a float32 makes of 90."""
ERROR = {"long_name": "standard error of thetao", "units": "degree_Celsius"}


def profiles_dataset(casts: Casts, path: str | os.PathLike[str], provider: str) -> xr.Dataset:
    """The canonical profiles dataset: thetao, so, depth (n_prof, n_level), and positions.

    Where the casts have an `error`, so has it.

    Levels without a physical temperature and depth are NaN in all. Profiles without any such level
    are left out, and so are levels that no profile uses. The attribute `account` says how many
    temperatures the file holds, how many are used, and why the others are not.

    Raises:
        BadData: for a position off the globe that no flag rejects, temperatures in kelvin, or
            pressure and depth that contradict each other.
    """
    where = os.fspath(path)
    given = casts.temperature
    _check_meaning({"temperature": given, "salinity": casts.salinity}, where)
    sieve = Sieve(np.isfinite(given.values) if casts.held is None else casts.held, casts.of)
    sieve.note(*casts.notes)
    for reason, profiles in casts.rejected.items():
        sieve.drop(reason, profiles[:, None])
    latitude, longitude = np.asarray(casts.latitude, float), np.asarray(casts.longitude, float)
    sieve.drop("without a position", ~(np.isfinite(latitude) & np.isfinite(longitude))[:, None])
    if not casts.undated:
        sieve.drop("without a date", np.isnat(casts.time)[:, None])
    drop(sieve, "temperature", given)
    metres, dbar = vertical(casts, latitude[:, None], sieve, where)
    latitude = _on_the_globe(latitude, longitude, np.asarray(sieve.left.any(axis=1)), where)
    _check_unit(given.values[sieve.left], where)
    salt = VARIABLES["so"]
    salinity = np.full(metres.shape, np.nan)
    if casts.salinity is not None:
        salinity = casts.salinity.accepted
        check_salinity(salinity, where=where, what="salinity")
        if derived(casts.salinity.attributes) == ABSOLUTE:
            place = (dbar, latitude[:, None], longitude[:, None])
            salinity = practical_salinity(salinity, *place)
            sieve.note("absolute salinity is converted to practical")
        salinity = np.where((salinity >= salt.lower) & (salinity <= salt.upper), salinity, np.nan)
    kind = temperature_kind(given.attributes) or casts.kind
    fine = np.where(sieve.left, given.values, np.nan)
    place = (dbar, latitude[:, None], longitude[:, None])
    thetao = to_potential(kind, fine, salinity, *place, where=where)
    sieve.drop(UNCONVERTED, np.isnan(thetao))
    bounds = VARIABLES["thetao"]
    impossible = ~((thetao >= bounds.lower) & (thetao <= bounds.upper))
    sieve.drop("temperature impossible in the ocean", impossible)
    sieve.drop("duplicate of another profile", _repeated(casts, thetao, metres, sieve)[:, None])
    chosen = np.flatnonzero(sieve.left.any(axis=1))
    left = sieve.left[chosen]
    levels = int(np.flatnonzero(left.any(axis=0)).max(initial=-1)) + 1

    def level_values(values: NDArray) -> tuple[tuple[str, str], NDArray]:
        kept = np.where(left[:, :levels], values[chosen, :levels], np.nan)
        return ("n_prof", "n_level"), kept

    # A sensor just above the mean surface (waves, drift) is at the surface.
    depth = np.clip(metres, 0, None)
    down = {"standard_name": "depth", "units": "m", "positive": "down"}
    north, east = (
        {"standard_name": name, "units": unit}
        for name, unit in (("latitude", "degrees_north"), ("longitude", "degrees_east"))
    )
    variables = {
        "thetao": (*level_values(thetao), bounds.attributes),
        "so": (*level_values(salinity), salt.attributes),
        "depth": (*level_values(depth), down),
    }
    if casts.error is not None:
        variables["error"] = (*level_values(casts.error), ERROR)
    return xr.Dataset(
        variables,
        coords={
            "latitude": ("n_prof", latitude[chosen], north),
            "longitude": ("n_prof", wrap_longitude(longitude[chosen]), east),
            "time": (
                "n_prof",
                casts.time[chosen].astype("datetime64[ns]"),
                {"standard_name": "time"},
            ),
            "platform_number": ("n_prof", np.array([casts.platform[i] for i in chosen], dtype=str)),
        },
        attrs={
            "source": os.path.basename(path),  # noqa: PTH119
            "provider": provider,
            ATTRIBUTE: sieve.account().to_json(),
        },
    )


def _repeated(casts: Casts, thetao: NDArray, metres: NDArray, sieve: Sieve) -> NDArray[np.bool_]:
    """Profiles that have the place, time, platform and values of one before them."""
    seen, repeated = set(), np.zeros(len(thetao), dtype=bool)
    values = np.where(sieve.left, np.stack([thetao, metres]), np.nan)
    for i in np.flatnonzero(sieve.left.any(axis=1)):
        place = (casts.latitude[i], casts.longitude[i], str(casts.time[i]), casts.platform[i])
        key = (*place, values[:, i].tobytes())
        repeated[i] = key in seen
        seen.add(key)
    return repeated


def _on_the_globe(
    lat: NDArray, lon: NDArray, present: NDArray[np.bool_], where: str
) -> NDArray[np.float64]:
    """Latitudes, those a rounding beyond a pole at it; raises BadData for others off the globe."""
    for name, values, bound in (("latitude", lat, 90), ("longitude", lon, 360)):
        outside = np.flatnonzero(present & (np.abs(np.nan_to_num(values)) > bound + ROUNDING))
        if outside.size:
            raise BadData(
                f"{name} of profile {outside[0] + 1} is not on the globe",
                where=where,
                fix=f"{name}s lie between −{bound} and {bound} degrees",
            )
    return np.clip(lat, -90, 90)


def _check_meaning(quantities: dict[str, Quantity | None], where: str) -> None:
    """Raise BadData for what is no temperature or salinity, such as its error."""
    for name, quantity in quantities.items():
        what = derived(quantity.attributes) if quantity is not None else ""
        if what and (name, what) != ("salinity", ABSOLUTE):
            raise BadData(f"the {name} is {what}", where=where, fix=advice(what, f"the {name}"))


def _check_unit(temperature: NDArray, where: str) -> None:
    """Raise BadData if more values are possible in another unit than in °C."""
    bounds = VARIABLES["thetao"]
    possible = lambda shift: np.count_nonzero(
        (temperature >= bounds.lower + shift) & (temperature <= bounds.upper + shift)
    )
    for shift, what, unit in (
        (273.15, "temperatures labelled °C are kelvin", "K"),
        (-273.15, "temperatures labelled kelvin are °C", "degree_Celsius"),
    ):
        if possible(shift) > possible(0):
            raise BadData(
                f"{what} by their values",
                where=where,
                fix=f"set the variable's units attribute to '{unit}', or convert the values",
            )


def require_profiles(profiles: xr.Dataset, where: str) -> xr.Dataset:
    """`profiles` itself; raises BadObservations if there is none in it."""
    if profiles.sizes["n_prof"] == 0:
        raise BadObservations(
            "every value is missing, impossible or not flagged good: no usable profile",
            where=where,
            fix="give a file with at least one temperature of good quality",
        )
    return profiles
