"""The canonical profiles dataset, and the sea-water conversions on the way to it.

Depth comes from pressure and potential temperature from in-situ temperature by TEOS-10 (gsw).
Where a profile has no usable salinity, `ASSUMED_SALINITY` stands in for it: over 25–40 g/kg it
changes potential temperature by less than 0.01 °C above 2000 m.
"""

import os

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadFile, BadObservations
from thermocline.ocean.grid import wrap_longitude
from thermocline.ocean.variables import VARIABLES

ASSUMED_SALINITY = 35.0
"""Practical salinity used for conversions where none was measured (so stays NaN there)."""

GOOD_FLAGS = (1, 2, 5, 8)
"""Good, probably good, changed, estimated (Argo reference table 2 and its descendants)."""

MAX_DEPTH = 12_000.0
_EPOCH_JULIAN_DAY = 2_440_588  # Julian day number of 1970-01-01
_NANOSECONDS = {"d": 86400e9, "h": 3600e9, "m": 60e9, "s": 1e9}


def good(flags: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a quality flag is one of `GOOD_FLAGS`."""
    return np.isin(flags, GOOD_FLAGS)


def depth_from_pressure(pressure: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Depth in metres, positive down, of sea pressure in dbar; shapes broadcast."""
    import gsw

    return -np.asarray(gsw.z_from_p(pressure, latitude), dtype=np.float64)


def pressure_from_depth(depth: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Sea pressure in dbar at a depth in metres, positive down; shapes broadcast."""
    import gsw

    return np.asarray(gsw.p_from_z(-np.asarray(depth), latitude), dtype=np.float64)


def potential_temperature(
    temperature: NDArray, salinity: NDArray, pressure: NDArray, lat: NDArray, lon: NDArray
) -> NDArray[np.float64]:
    """Potential temperature, °C, from in-situ °C, practical salinity (NaN: assumed) and dbar."""
    import gsw

    practical = np.where(np.isfinite(salinity), salinity, ASSUMED_SALINITY)
    absolute = gsw.SA_from_SP(practical, pressure, lon, lat)
    # Far from any ocean gsw knows no composition; there the standard one has to do.
    absolute = np.where(np.isfinite(absolute), absolute, practical * (35.16504 / 35))
    return np.asarray(gsw.pt0_from_t(absolute, temperature, pressure), dtype=np.float64)


def dates(values: NDArray, units: str, calendar: str, where: str) -> NDArray[np.datetime64]:
    """datetime64[ns] of `values` in CF units such as `days since 1950-01-01`; NaT if impossible.

    Julian and mixed calendars count the same days as ours and are converted by day number; dates
    outside 1678–2261 do not fit and become NaT. Raises BadFile for units that are no date.
    """
    import cftime

    unit = units.strip().lower()[:1]
    try:
        if unit not in _NANOSECONDS or (unit == "m" and units.lower().startswith("mo")):
            raise ValueError("unit of time unknown")
        if calendar.lower() in ("noleap", "365_day", "360_day", "all_leap", "366_day"):
            raise ValueError(f"no observation is dated in a {calendar} calendar")
        clean = units.replace("UTC", "").replace("utc", "").strip()
        epoch = cftime.num2date(0, clean, calendar.lower() or "standard")
    except (ValueError, TypeError) as problem:
        raise BadFile(f"time in {units!r}: {problem}", where=where) from problem
    day = epoch.toordinal(fractional=True) + 0.5 - _EPOCH_JULIAN_DAY
    start = round(day * 86400)  # seconds since 1970; epochs are whole ones
    scale = _NANOSECONDS[unit] / 1e9
    seconds = np.asarray(values, dtype=np.float64) * scale
    total = start + seconds
    inside = np.isfinite(total) & (np.abs(total) < 9.2e9)
    whole = np.floor(np.where(inside, seconds, 0))
    rest = np.round((np.where(inside, seconds, 0) - whole) * 1e9)
    stamp = (whole.astype(np.int64) + start) * 10**9 + rest.astype(np.int64)
    return np.where(inside, stamp.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))


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
    """
    bounds, salt = VARIABLES["thetao"], VARIABLES["so"]
    with np.errstate(invalid="ignore"):
        fine = (thetao >= bounds.lower) & (thetao <= bounds.upper)
        fine &= (depth >= -5) & (depth <= MAX_DEPTH)
        here = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 360)
    here &= ~np.isnat(time)
    if keep is not None:
        here &= keep
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


def require_profiles(profiles: xr.Dataset, where: str) -> xr.Dataset:
    """`profiles` itself; raises BadObservations if there is none in it."""
    if profiles.sizes["n_prof"] == 0:
        raise BadObservations(
            "every value is flagged bad, missing or impossible: no usable profile",
            where=where,
            fix="give a file with at least one temperature of good quality",
        )
    return profiles
