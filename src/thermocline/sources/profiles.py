"""The canonical profiles dataset: what is kept of what a provider's file holds."""

import os

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData, BadObservations
from thermocline.ocean.grid import wrap_longitude
from thermocline.ocean.variables import VARIABLES

GOOD_FLAGS = (1, 2, 5, 8)
"""Good, probably good, changed, estimated (Argo reference table 2 and its descendants)."""

MAX_DEPTH = 12_000.0


def good(flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a quality flag is one of `GOOD_FLAGS`."""
    return np.isin(flags, GOOD_FLAGS)


def check_count(count: int, max_profiles: int | None, where: str) -> None:
    """Raise BadObservations if a file holds more profiles than allowed."""
    if max_profiles is not None and count > max_profiles:
        raise BadObservations(
            f"{count} profiles, at most {max_profiles} are read",
            where=where,
            fix="split the file, or raise the limit",
        )


def profiles_dataset(
    *,
    thetao: NDArray,
    depth: NDArray,
    latitude: NDArray,
    longitude: NDArray,
    time: NDArray,
    platform: list[str],
    so: NDArray | None = None,
    keep: NDArray[np.bool_] | None = None,
    undated: bool = False,
    path: str | os.PathLike[str],
    provider: str,
) -> xr.Dataset:
    """The canonical profiles dataset of arrays [n_prof, n_level] and coordinates [n_prof].

    Levels without a physical temperature and depth become NaN, in both. Profiles without any
    such level, without a position on the globe or without a date, or not in `keep`, are dropped,
    and so are levels that no profile uses.

    Args:
        thetao: potential temperature, °C.
        depth: metres, positive down.
        longitude: degrees, in either convention.
        so: practical salinity; NaN throughout if None.
        undated: keep profiles without a date.

    Raises:
        BadData: for a position off the globe that no flag rejects, or temperatures in kelvin.
    """
    where = os.fspath(path)
    present = np.ones(len(latitude), dtype=bool) if keep is None else keep
    _check_positions(latitude, longitude, present, where)
    _check_unit(thetao[present], where)
    bounds, salt = VARIABLES["thetao"], VARIABLES["so"]
    with np.errstate(invalid="ignore"):
        fine = (thetao >= bounds.lower) & (thetao <= bounds.upper)
        fine &= (depth >= -5) & (depth <= MAX_DEPTH)
        here = present & np.isfinite(latitude) & np.isfinite(longitude)
    if not undated:
        here &= ~np.isnat(time)
    chosen = np.flatnonzero(here & fine.any(axis=1))
    fine = fine[chosen]
    levels = int(np.flatnonzero(fine.any(axis=0)).max(initial=-1)) + 1
    fine = fine[:, :levels]

    def level_values(values: NDArray) -> NDArray[np.float32]:
        return np.where(fine, values[chosen, :levels], np.nan).astype(np.float32)

    # A sensor just above the mean surface (waves, drift) is at the surface.
    metres = np.clip(level_values(depth), 0, None)
    salinity = level_values(np.full(thetao.shape, np.nan) if so is None else so)
    with np.errstate(invalid="ignore"):
        salinity = np.where((salinity >= salt.lower) & (salinity <= salt.upper), salinity, np.nan)
    dims = ("n_prof", "n_level")
    return xr.Dataset(
        {
            "thetao": (dims, level_values(thetao), bounds.attributes),
            "so": (dims, salinity, salt.attributes),
            "depth": (
                dims,
                metres,
                {"standard_name": "depth", "units": "m", "positive": "down"},
            ),
        },
        coords={
            "latitude": (
                "n_prof",
                latitude[chosen].astype(np.float64),
                {"standard_name": "latitude", "units": "degrees_north"},
            ),
            "longitude": (
                "n_prof",
                wrap_longitude(longitude[chosen]),
                {"standard_name": "longitude", "units": "degrees_east"},
            ),
            "time": ("n_prof", time[chosen].astype("datetime64[ns]"), {"standard_name": "time"}),
            "platform_number": ("n_prof", np.array([platform[i] for i in chosen], dtype=str)),
        },
        attrs={"source": os.path.basename(path), "provider": provider},  # noqa: PTH119
    )


def _check_positions(lat: NDArray, lon: NDArray, present: NDArray[np.bool_], where: str) -> None:
    for name, values, bound in (("latitude", lat, 90), ("longitude", lon, 360)):
        outside = np.flatnonzero(present & (np.abs(np.nan_to_num(values)) > bound))
        if outside.size:
            raise BadData(
                f"{name} of profile {outside[0] + 1} is not on the globe",
                where=where,
                fix=f"{name}s lie between −{bound} and {bound} degrees",
            )


def _check_unit(temperature: NDArray, where: str) -> None:
    known = temperature[np.isfinite(temperature)]
    if known.size and np.median(known) > 100:
        raise BadData(
            "temperatures labelled °C are kelvin: half of them are above 100",
            where=where,
            fix="set the variable's units attribute to 'K', or convert the values",
        )


def require_profiles(profiles: xr.Dataset, where: str) -> xr.Dataset:
    """`profiles` itself; raises BadObservations if there is none in it."""
    if profiles.sizes["n_prof"] == 0:
        raise BadObservations(
            "every value is flagged bad, missing or impossible: no usable profile",
            where=where,
            fix="give a file with at least one temperature of good quality",
        )
    return profiles
