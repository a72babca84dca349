"""Which coordinate of a gridded NetCDF variable is which, by CF attributes first, then by name."""

from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from thermocline.errors import BadData

LATITUDE_UNITS = {"degrees_north", "degree_north", "degrees_n", "degree_n", "degreen", "degreesn"}
LONGITUDE_UNITS = {"degrees_east", "degree_east", "degrees_e", "degree_e", "degreee", "degreese"}
LATITUDE_NAMES = {"lat", "latitude", "nav_lat", "lat_rho", "lat_t", "tlat", "geolat", "yt_ocean"}
LONGITUDE_NAMES = {"lon", "longitude", "nav_lon", "lon_rho", "lon_t", "tlong", "geolon", "xt_ocean"}
DEPTH_NAMES = {"depth", "deptht", "lev", "olevel", "z_t", "zlev", "level", "altitude", "st_ocean"}
TIME_NAMES = {"time", "time_counter", "ocean_time", "time1", "month", "t"}
METRES = {
    "m": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "metre": 1.0,
    "metres": 1.0,
    "": 1.0,
    "cm": 0.01,
    "centimeter": 0.01,
    "centimeters": 0.01,
    "centimetre": 0.01,
    "centimetres": 0.01,
    "km": 1000.0,
}


@dataclass
class Axes:
    """Names of a variable's coordinates (None where absent); `extra` are dims that are no axis."""

    latitude: str | None = None
    longitude: str | None = None
    depth: str | None = None
    time: str | None = None
    extra: list[str] = field(default_factory=list)


def find_axes(dataset: xr.Dataset, variable: str) -> Axes:
    """The coordinates of `variable` among all variables of `dataset` that fit its dimensions.

    A coordinate variable (1-D, named like its dimension) wins over an auxiliary one, except that
    2-D latitudes and longitudes win over 1-D ones, which are then mere nominal indices.
    """
    dims = dataset[variable].dims
    fitting = [
        str(name)
        for name, v in dataset.variables.items()
        if name != variable and set(v.dims) <= set(dims) and v.dtype.kind in "fiuMO"
    ]
    axes = Axes()
    axes.latitude, axes.longitude = _horizontal(dataset, fitting, dims)
    used = {axes.latitude, axes.longitude}
    vertical = [n for n in fitting if n not in used and _is_vertical(dataset, n)]
    axes.depth = _preferred(vertical, dims)
    temporal = [n for n in fitting if n not in used and _is_time(dataset, n)]
    dated = [n for n in temporal if " since " in _text(dataset, n, "units")]
    axes.time = _preferred(dated or temporal, dims)
    spanned = {
        dim
        for n in (axes.latitude, axes.longitude, axes.depth, axes.time)
        if n
        for dim in dataset[n].dims
    }
    axes.extra = [str(d) for d in dims if d not in spanned]
    return axes


def _text(dataset: xr.Dataset, name: str, attribute: str) -> str:
    variable = dataset.variables[name]
    return str(variable.attrs.get(attribute, variable.encoding.get(attribute, ""))).strip().lower()


def _is(dataset: xr.Dataset, name: str, standard: str, units: set[str], names: set[str]) -> bool:
    return (
        _text(dataset, name, "units") in units
        or _text(dataset, name, "standard_name") == standard
        or name.lower() in names
    )


def _horizontal(
    dataset: xr.Dataset, fitting: list[str], dims: tuple
) -> tuple[str | None, str | None]:
    latitudes = [n for n in fitting if _is(dataset, n, "latitude", LATITUDE_UNITS, LATITUDE_NAMES)]
    longitudes = [
        n for n in fitting if _is(dataset, n, "longitude", LONGITUDE_UNITS, LONGITUDE_NAMES)
    ]
    for rank in (2, 1):
        lat = [n for n in latitudes if dataset[n].ndim == rank]
        lon = [n for n in longitudes if dataset[n].ndim == rank]
        if lat and lon:
            return _preferred(lat, dims), _preferred(lon, dims)
    return _preferred(latitudes, dims), _preferred(longitudes, dims)


def _is_vertical(dataset: xr.Dataset, name: str) -> bool:
    variable = dataset.variables[name]
    if variable.ndim > 1:
        return False
    return (
        _text(dataset, name, "axis") == "z"
        or _text(dataset, name, "positive") in ("up", "down")
        or _text(dataset, name, "standard_name") in ("depth", "altitude")
        or name.lower() in DEPTH_NAMES
    )


def _is_time(dataset: xr.Dataset, name: str) -> bool:
    variable = dataset.variables[name]
    if variable.ndim > 1 or _text(dataset, name, "standard_name").startswith("forecast"):
        return False
    return (
        " since " in _text(dataset, name, "units")
        or _text(dataset, name, "axis") == "t"
        or name.lower() in TIME_NAMES
    )


def _preferred(names: list[str], dims: tuple) -> str | None:
    """A coordinate named like a dimension, else the first one with a dimension, else a scalar."""
    return next(iter(sorted(names, key=lambda n: n not in dims)), None)


def depth_metres(coordinate: xr.DataArray, where: str) -> np.ndarray:
    """Depth in metres, positive down, of a vertical coordinate in m, cm or km, either sign.

    Raises:
        BadData: for terrain-following levels and unknown units.
    """
    standard = str(coordinate.attrs.get("standard_name", ""))
    if "sigma" in standard or "_s_coordinate" in standard:
        raise BadData(
            f"levels of {coordinate.name} follow the sea floor",
            where=where,
            fix="interpolate the model's output to depth levels first",
        )
    units = str(coordinate.attrs.get("units", "")).strip().lower()
    if units not in METRES:
        raise BadData("depth has an unknown unit", where=where, fix="give depth in m or cm")
    values = np.atleast_1d(np.asarray(coordinate.values, dtype=np.float64)) * METRES[units]
    up = str(coordinate.attrs.get("positive", "")).lower() == "up"
    # Heights are negative below the surface, whatever `positive` says.
    return 0.0 - values if up or (values.size and np.nanmax(values) <= 0) else values
