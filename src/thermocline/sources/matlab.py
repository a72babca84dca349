"""MATLAB files (version 5 to 7): the Southern Ocean Database's grid, and Argo reference profiles.

scipy is given arrays of real numbers of such a file alone, and executes nothing of it.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.sources.casts import Casts
from thermocline.sources.fields import canonical
from thermocline.sources.matlab_variables import Variable, check_sizes, variables
from thermocline.sources.opening import MAX_ELEMENTS, container, local_file, reason
from thermocline.sources.profiles import profiles_dataset
from thermocline.sources.quantity import Quantity

Read = TypeVar("Read")
GRID = ("ptm", "lat", "lon", "d")
PROFILES = ("pres", "temp", "sal", "lat", "long", "dates")


def matlab_format(path: str | os.PathLike[str]) -> str:
    """`matlab-field` or `matlab-profiles`, by the variables in the file; else BadFile."""
    names = set(_shapes(path))
    for kind, needed in (("matlab-field", GRID), ("matlab-profiles", PROFILES)):
        if names >= set(needed):
            return kind
    listed = ", ".join(repr(name[:40])[1:-1] for name in sorted(names)[:8])
    raise BadFile(
        f"a MATLAB file with {listed or 'no variables'}",
        where=os.fspath(path),
        fix=f"known are files with {', '.join(GRID)} or with {', '.join(PROFILES)}",
    )


def read_matlab_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field of a climatology with ptm[lat, lon, d]; it has one date, NaT."""
    values = _load(path, GRID)
    where, sizes = os.fspath(path), tuple(values[axis].size for axis in GRID[1:])
    if values["ptm"].shape != sizes:
        raise BadFile(
            "ptm is {} for {} lat, {} lon, {} d".format(values["ptm"].shape, *sizes),
            where=where,
            fix="give a complete file of the database",
        )
    units = dict(zip(GRID, ("degree_Celsius", "degrees_north", "degrees_east", "m"), strict=True))
    of = lambda name: (name, values[name].ravel(), {"units": units[name]})
    said = {"units": units["ptm"], "standard_name": "sea_water_potential_temperature"}
    raw = xr.Dataset(
        {"ptm": (GRID[1:], values["ptm"], said)}, {name: of(name) for name in GRID[1:]}
    )
    raw.attrs["institution"] = "Southern Ocean Database"
    return canonical(raw, variable, where)


def read_matlab_profiles(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of an Argo reference database file: pres, temp, sal [level, profile].

    The database holds quality-controlled values only; dates are numbers YYYYMMDDhhmmss.
    """
    shape = _shapes(path).get("temp", ())
    if len(shape) != 2:
        raise BadFile(
            f"temp has shape {shape}",
            where=os.fspath(path),
            fix="give a file of the database: temp has levels and profiles",
        )
    count = shape[1]
    values = _load(path, PROFILES)
    pressure, temperature, salinity = (values[n].T for n in ("pres", "temp", "sal"))
    casts = Casts(
        Quantity.plain(temperature),
        values["lat"].ravel(),
        values["long"].ravel(),
        np.array([_date(number) for number in values["dates"].ravel()], dtype="datetime64[ns]"),
        [""] * count,
        pressure=Quantity.plain(pressure),
        salinity=Quantity.plain(salinity),
    )
    return profiles_dataset(casts, path, "Argo reference database")


def _date(number: float) -> np.datetime64:
    text = f"{number:014.0f}" if np.isfinite(number) else ""
    try:
        return np.datetime64(
            f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}", "ns"
        )
    except ValueError:
        return np.datetime64("NaT", "ns")


def _shapes(path: str | os.PathLike[str]) -> dict[str, tuple[int, ...]]:
    return {each.name: each.shape for each in _variables(path)}


def _variables(path: str | os.PathLike[str]) -> list[Variable]:
    found = local_file(path)
    if container(found) == "matlab73":
        raise BadFile("a MATLAB 7.3 file", where=os.fspath(path), fix="save it with the option -v7")
    return _guarded(path, variables, found)


def _load(path: str | os.PathLike[str], names: tuple[str, ...]) -> dict[str, np.ndarray]:
    import scipy.io

    said = {each.name: each for each in _variables(path)}
    for name in names:
        if name not in said or not said[name].numeric:
            raise BadFile(f"{name} is missing or holds no numbers", where=os.fspath(path))
        if np.prod(said[name].shape, dtype=float) > MAX_ELEMENTS:
            raise BadFile(f"{name} claims {said[name].shape} elements", where=os.fspath(path))
    found = local_file(path)
    _guarded(path, check_sizes, found)
    values = _guarded(path, scipy.io.loadmat, found, variable_names=list(names))
    for name in names:
        if name not in values or values[name].dtype.kind not in "fiu":
            raise BadFile(f"{name} is missing or holds no numbers", where=os.fspath(path))
    return dict(values)


def _guarded(
    path: str | os.PathLike[str], function: Callable[..., Read], *args: Any, **keywords: Any
) -> Read:
    try:
        return function(*args, **keywords)
    except BadFile:
        raise
    except Exception as problem:  # scipy raises whatever a damaged file leads it to
        raise _damaged(path, problem) from problem


def _damaged(path: str | os.PathLike[str], problem: Exception) -> BadFile:
    return BadFile(
        f"truncated or not MATLAB ({reason(problem)})",
        where=os.fspath(path),
        fix="download it again",
    )
