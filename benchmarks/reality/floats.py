"""Argo floats of the equatorial Atlantic, with the Levitus climatology at each measurement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadFile
from thermocline.observe.profiles import interpolate_profile

COLLOCATED = "collocated/argo_standard_levels_with_levitus.nc"
SOUTH, NORTH, WEST, EAST = -12.0, 12.0, -55.0, 15.0
DEPLOYED = np.datetime64("2010-01")
"""Floats whose first profile is older may be learned from; the others are only scored."""


@dataclass(frozen=True, eq=False)
class Floats:
    """Measurements at the model's levels, one entry each; every array is [n].

    Attributes:
        platform: the float's WMO number.
        profile: number of the profile in the file.
        month: datetime64[M].
        latitude, longitude: degrees.
        level: index of the level.
        value, levitus: potential temperature measured, and of the climatology there, °C.
    """

    platform: NDArray[np.str_]
    profile: NDArray[np.int64]
    month: NDArray[np.datetime64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    level: NDArray[np.int64]
    value: NDArray[np.float64]
    levitus: NDArray[np.float64]

    def __len__(self) -> int:
        return self.value.size

    def __getitem__(self, chosen: NDArray) -> Floats:
        return Floats(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def old(self) -> NDArray[np.bool_]:
        """Whether each measurement's float was deployed before `DEPLOYED`, [n]."""
        names, which = np.unique(self.platform, return_inverse=True)
        first = np.array([self.month[which == i].min() for i in range(names.size)])
        return (first < DEPLOYED)[which]


@dataclass(frozen=True, eq=False)
class Fold:
    """One float's measurements of a month, and all the others' of that month or around it."""

    month: np.datetime64
    held: Floats
    rest: Floats

    @property
    def case(self) -> str:
        """Such as `2012-03/6900719`."""
        return f"{self.month}/{self.held.platform[0]}"


def leave_float_out(
    floats: Floats, scored: NDArray[np.bool_], every: int = 1, window: int = 0
) -> Iterator[Fold]:
    """Each month and float in turn, of every `every`-th month in which two floats or more measured.

    Args:
        scored: which measurements [n] may be held back; all may be given.
        window: so many months before and after the month are given too.
    """
    shared = [m for m in np.unique(floats.month) if _several(floats.platform[floats.month == m])]
    wanted = [m for m in shared if scored[floats.month == m].any()]
    for month in wanted[::every]:
        now = floats.month == month
        near = np.abs((floats.month - month).astype(np.int64)) <= window
        for name in np.unique(floats.platform[now & scored]):
            of_float = floats.platform == name
            yield Fold(month, floats[now & scored & of_float], floats[near & ~of_float])


def open_floats(real: Path, depth: ArrayLike) -> Floats:
    """Measurements at those levels `depth` (metres) that have a climatology: 30 m and deeper.

    Raises:
        BadFile: if the file is not there.
    """
    path = real / COLLOCATED
    if not path.is_file():
        raise BadFile("no such file", where=str(path), fix="set THERMOCLINE_REAL_DATA")
    with xr.open_dataset(path) as ds:
        inside = (ds.latitude > SOUTH) & (ds.latitude < NORTH)
        inside &= (ds.longitude > WEST) & (ds.longitude < EAST)
        ds = ds.isel(profile=np.flatnonzero(inside)).load()
    levels = np.asarray(depth, np.float64)
    # Both are read alike, and only where both are known.
    known = ds.thetao.notnull() & ds.levitus_thetao.notnull()
    measured, climate = (
        np.array([interpolate_profile(ds.depth.values, row, levels) for row in part])
        for part in (ds.thetao.where(known).values, ds.levitus_thetao.where(known).values)
    )
    profile, level = np.nonzero(np.isfinite(measured))
    return Floats(
        platform=ds.platform.values[profile],
        profile=profile,
        month=ds.time.values[profile].astype("datetime64[M]"),
        latitude=ds.latitude.values[profile].astype(np.float64),
        longitude=ds.longitude.values[profile].astype(np.float64),
        level=level,
        value=measured[profile, level],
        levitus=climate[profile, level],
    )


def _several(names: NDArray[np.str_]) -> bool:
    return np.unique(names).size > 1
