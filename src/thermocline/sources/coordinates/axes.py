"""Finding the latitude, longitude, depth and time of a gridded variable.

They are known by CF's attributes, else by their units or names.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.sources.common.spellings import unit_of
from thermocline.sources.common.units import EASTWARD, NORTHWARD
from thermocline.sources.files.texts import is_text

MAX_AXIS = 2_000_000
"""Most values of a coordinate of one dimension: hourly times of two centuries."""
LATITUDE = rf"^(?:{NORTHWARD}|(?:nav_)?lat(?:itude)?|lat_rho|lat_t|tlat|geolat|yt_ocean)$"
LONGITUDE = rf"^(?:{EASTWARD}|(?:nav_)?lon(?:g|gitude)?|lon_rho|lon_t|tlong|geolon|xt_ocean)$"
TIME = r"^t$|^time1?$|^month$| since "
DEPTH = r"^(?:depth|deptht|o?lev(?:el)?|z_t|zlev|altitude|st_ocean)$"
"""Units and names of coordinates, beside those of CF."""
TEXT = r"^times?$|^dates?$|^date_?times?$|^timestamps?$"
"""Names of dates that are text."""


@dataclass
class Axes:
    """Names of a variable's coordinates; None where it has none.

    Attributes:
        extra: dimensions of the variable that belong to none of them.
    """

    latitude: str | None = None
    longitude: str | None = None
    depth: str | None = None
    time: str | None = None
    extra: list[str] = field(default_factory=list)


def find_axes(dataset: xr.Dataset, variable: str, where: str) -> Axes:
    """The coordinates of `variable` among all variables of `dataset` that fit its dimensions.

    A coordinate variable (1-D, named like its dimension) goes before an auxiliary one, with two
    exceptions: 2-D latitudes and longitudes go before 1-D ones, which are then nominal, and a depth
    in metres goes before an index of levels. Of equal ones, those in the variable's attribute
    `coordinates` go first. A time may be text.

    Raises:
        BadData: if latitude and longitude share a single dimension.
        BadFile: if a coordinate claims absurdly many values.
    """
    own = dataset.variables[variable]
    dims, mine = own.dims, str({**own.attrs, **own.encoding}.get("coordinates", "")).split()
    said = " ".join(str(v.attrs.get("bounds", "")) for v in dataset.variables.values()).split()
    fitting = [
        str(name)
        for name, v in dataset.variables.items()
        if name != variable and name not in said
        and set(v.dims) <= set(dims) and (v.dtype.kind in "fiuMO" or is_text(v))
    ]  # fmt: skip
    fitting.sort(key=lambda name: name not in mine)
    written = [n for n in fitting if is_text(dataset.variables[n])]
    fitting = [n for n in fitting if n not in written]
    written = [
        n for n in written
        if dataset.variables[n].ndim < 2 and _is(dataset, n, "T", TEXT)
        and (dataset.variables[n].dims or _is(dataset, n, "T", TIME))
    ]  # fmt: skip
    axes = Axes()
    axes.latitude, axes.longitude = _horizontal(dataset, fitting, dims)
    flat = {d for n in (axes.latitude, axes.longitude) if n for d in dataset.variables[n].dims}
    taken = {axes.latitude, axes.longitude}
    line = [n for n in fitting if n not in taken and not set(dataset.variables[n].dims) & flat]
    line = [n for n in line if dataset.variables[n].ndim < 2]
    forecast = [n for n in line if _text(dataset, n, "standard_name").startswith("forecast")]
    temporal = [n for n in line if n not in forecast and _is(dataset, n, "T", TIME)]
    dated = [n for n in temporal if " since " in _text(dataset, n, "units")]
    axes.time = _preferred(dated or temporal or written, dims)
    line = [n for n in line if n not in temporal + forecast]
    long = [n for n in line if _length(dataset, n)]
    vertical = [n for n in line if _is_vertical(dataset, n) or (n in long and n in dims)]
    long = [n for n in long if n in vertical]
    axes.depth = _preferred([n for n in long if dataset.variables[n].dims] or vertical, dims)
    named = [n for n in (axes.latitude, axes.longitude, axes.depth, axes.time) if n]
    spanned = {dim for n in named for dim in dataset.variables[n].dims}
    axes.extra = [str(d) for d in dims if d not in spanned]
    _check(dataset, axes, named, where)
    return axes


def _check(dataset: xr.Dataset, axes: Axes, named: list[str], where: str) -> None:
    for name in named:
        if dataset.variables[name].ndim < 2 and dataset.variables[name].size > MAX_AXIS:
            raise BadFile(
                f"{name} claims {dataset.variables[name].size:,} values",
                where=where,
                fix=f"an axis has at most {MAX_AXIS:,}; split the file",
            )
    lat, lon = axes.latitude, axes.longitude
    if (
        lat
        and lon
        and dataset.variables[lat].ndim == 1
        and dataset.variables[lat].dims == dataset.variables[lon].dims
    ):
        raise BadData(
            f"an unstructured grid: {lat} and {lon} share the dimension {dataset[lat].dims[0]}",
            where=where,
            fix="interpolate it to a grid of latitudes and longitudes first",
        )


def _text(dataset: xr.Dataset, name: str, attribute: str) -> str:
    return " ".join(str(dataset.variables[name].attrs.get(attribute, "")).lower().split())


def _is(dataset: xr.Dataset, name: str, kind: str, pattern: str) -> bool:
    """Whether a variable is a coordinate of this kind by CF, or its units or name fit a pattern."""
    return any(
        _text(dataset, name, attribute) in values for attribute, values in _criteria(kind).items()
    ) or bool(re.search(pattern, _text(dataset, name, "units")) or re.search(pattern, name.lower()))


@cache
def _criteria(kind: str) -> dict[str, set[str]]:
    """CF's values of each attribute for a kind of coordinate."""
    from cf_xarray.criteria import coordinate_criteria

    said = {
        name: {str(v).lower() for v in values} for name, values in coordinate_criteria[kind].items()
    }
    said.pop("long_name", None)
    return said


def _horizontal(
    dataset: xr.Dataset, fitting: list[str], dims: tuple
) -> tuple[str | None, str | None]:
    latitudes, longitudes = (
        [
            n
            for n in fitting
            if _is(dataset, n, kind, pattern) and _text(dataset, n, "standard_name") in ("", kind)
        ]
        for kind, pattern in (("latitude", LATITUDE), ("longitude", LONGITUDE))
    )
    for rank in (2, 1):
        lat = [n for n in latitudes if dataset.variables[n].ndim == rank]
        lon = [n for n in longitudes if dataset.variables[n].ndim == rank]
        if lat and lon:
            return _preferred(lat, dims), _preferred(lon, dims)
    return _preferred(latitudes, dims), _preferred(longitudes, dims)


def _is_vertical(dataset: xr.Dataset, name: str) -> bool:
    return any(_is(dataset, name, kind, DEPTH) for kind in ("Z", "vertical"))


def _length(dataset: xr.Dataset, name: str) -> bool:
    unit = unit_of(str(dataset.variables[name].attrs.get("units", "")))
    return unit is not None and bool(unit.is_convertible("m"))


def _preferred(names: list[str], dims: tuple) -> str | None:
    """The first coordinate that is named like a dimension, else the first one."""
    return next(iter(sorted(names, key=lambda n: n not in dims)), None)
