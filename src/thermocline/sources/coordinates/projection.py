"""The map of the x and y of a field, by its grid mapping or as a known grid of NSIDC."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.common.spellings import unit_of
from thermocline.sources.common.units import metres
from thermocline.sources.coordinates.axes import Axes
from thermocline.sources.coordinates.grids import EAST, NORTH
from thermocline.sources.coordinates.mappings import described_crs, refuse_rotated

if TYPE_CHECKING:
    from thermocline.ocean.projected import ProjectedGrid

NAMES = {"x": ("x", "xc", "xgrid", "columns"), "y": ("y", "yc", "ygrid", "rows")}
"""Names of the coordinates of maps without a standard name."""
UPPER_LEFT = r"upper[ -]left"
SHAPES = {(448, 304): "north", (332, 316): "south"}
"""Rows and columns of NSIDC's grids of 25 km."""


@dataclass(frozen=True)
class Map:
    """The projected grid of a field, and the order of its rows and columns in the file.

    Attributes:
        dims: names of the dimensions y and x in the file.
        turned: for "y" and "x", the slice that makes the file's order ascending.
    """

    grid: "ProjectedGrid"
    dims: tuple[str, str]
    turned: dict[str, slice]


def projected_grid(dataset: xr.Dataset) -> "ProjectedGrid":
    """The grid of a canonical field on a map, from its `x`, `y` (m) and attrs["crs"].

    Raises:
        BadData: for a field that is not on a map, or on one that is not known.
    """
    from thermocline.ocean.projected import ProjectedGrid

    crs = str(dataset.attrs.get("crs", ""))
    if not crs or "x" not in dataset.coords or "y" not in dataset.coords:
        raise BadData(
            "the field is not on a map with a known projection",
            where=str(dataset.attrs.get("file", "")),
            fix="give a file with x, y and a grid mapping, or remap by latitude and longitude",
        )
    x, y = (np.asarray(dataset[name].values, dtype=np.float64) for name in ("x", "y"))
    return ProjectedGrid(x, y, crs)


def find_map(raw: xr.Dataset, name: str, axes: Axes, where: str) -> Map | None:
    """The map that a variable is on; None if it is on a grid of latitudes and longitudes only.

    Raises:
        BadData: for a map that is not described, or a rotated pole, without latitudes and
            longitudes; for a description that is not understood, or that the latitudes and
            longitudes contradict.
    """
    lat, lon = axes.latitude, axes.longitude
    places = bool(lat and lon and raw.variables[lat].ndim == raw.variables[lon].ndim == 2)
    refuse_rotated(raw, name, axes, places, where)
    dims = {axis: _coordinate(raw, name, axis) for axis in ("y", "x")}
    if not (dims["x"] and dims["y"]):
        return _nsidc(raw, axes) if places else None
    both = str(dims["y"]), str(dims["x"])

    def fits(crs: Any) -> bool:
        return _agrees(_map(raw, both, crs.to_wkt(), where), *_places(raw, axes, both))

    crs = described_crs(raw, name, places, fits, where)
    if crs is None and not places and lat is None:
        raise BadData(
            f"{name} is on a map that the file does not describe",
            where=where,
            fix="add the grid mapping that the product's manual states, for example "
            'dataset["crs"] = xr.DataArray(0, attrs=pyproj.CRS("EPSG:3408").to_cf())',
        )
    if crs is None or not crs.is_projected or (lat and not places):
        return None
    found = _map(raw, both, crs.to_wkt(), where)
    if places and not _agrees(found, *_places(raw, axes, found.dims)):
        raise BadData(
            f"{lat} and {lon} are not where {', '.join(found.dims)} and the grid mapping are",
            where=where,
            fix="correct the grid mapping, or the order of rows and columns",
        )
    return found


def with_positions(raw: xr.Dataset, found: Map, axes: Axes) -> xr.Dataset:
    """The dataset with latitude and longitude [y, x]: those of the file, else those of the map."""
    raw = raw.set_coords([d for d in raw.dims if d in raw.variables])
    names = (axes.latitude, axes.longitude)
    if names[0] and names[1]:
        return raw.assign({n: raw.variables[n].transpose(*found.dims) for n in names if n})
    turned = found.turned["y"], found.turned["x"]
    centres = [values[turned] for values in found.grid.centres()]
    return raw.assign(
        latitude=(found.dims, centres[0], NORTH), longitude=(found.dims, centres[1], EAST)
    )


def on_map(result: xr.Dataset, found: Map) -> xr.Dataset:
    """A canonical field on ascending y and x, with their coordinates in metres and the CRS."""
    axes: dict[str, Any] = {}
    for axis in ("y", "x"):
        said = {"standard_name": f"projection_{axis}_coordinate", "units": "m"}
        axes[axis] = (axis, getattr(found.grid, axis), said)
    return result.isel(found.turned).assign_coords(axes).assign_attrs(crs=found.grid.crs)


def _coordinate(raw: xr.Dataset, name: str, axis: str) -> str | None:
    """The dimension of a variable that is the x or y of a map; None if there is none."""
    for dim in map(str, raw.variables[name].dims):
        found = raw.variables.get(dim)
        if found is None or found.dims != (dim,) or found.size < 2:
            continue
        standard = str(found.attrs.get("standard_name", ""))
        named = dim.lower() in NAMES[axis] and not standard
        unit = unit_of(str(found.attrs.get("units", "")))
        stated = standard == f"projection_{axis}_coordinate"
        if (stated or named) and unit is not None and unit.is_convertible("m"):
            return dim
    return None


def _map(raw: xr.Dataset, dims: tuple[str, str], crs: str, where: str) -> Map:
    from thermocline.ocean.projected import ProjectedGrid

    centres, turned = {}, {}
    for axis, dim in zip(("y", "x"), dims, strict=True):
        found = raw.variables[dim]
        values = metres(found.values, str(found.attrs["units"]), where=where, what=dim)
        if re.search(UPPER_LEFT, str(found.attrs.get("comment", "")).lower()):
            half = np.abs(np.diff(values)).mean() / 2
            values = values + half if axis == "x" else values - half
        descends = values[-1] < values[0]
        turned[axis] = slice(None, None, -1 if descends else 1)
        centres[axis] = values[turned[axis]]
    try:
        grid = ProjectedGrid(centres["x"], centres["y"], crs)
    except BadData as problem:
        raise BadData(problem.what, where=where, fix=problem.fix) from problem
    return Map(grid, dims, turned)


def _places(raw: xr.Dataset, axes: Axes, dims: tuple[str, ...]) -> list[NDArray]:
    names = (str(axes.latitude), str(axes.longitude))
    return [np.asarray(raw.variables[n].transpose(*dims).values, np.float64) for n in names]


def _agrees(found: Map, latitude: NDArray, longitude: NDArray) -> bool:
    """Whether positions, in the file's order, are within half a cell of the map's centres."""
    turned = found.turned["y"], found.turned["x"]
    known = np.isfinite(latitude) & np.isfinite(longitude) & (np.abs(latitude) <= 90)
    x, y = found.grid.project(np.where(known, latitude, 0.0), np.where(known, longitude, 0.0))
    away = np.hypot(x[turned] - found.grid.x, y[turned] - found.grid.y[:, None])[known[turned]]
    step = min(np.diff(found.grid.x).min(), np.diff(found.grid.y).min())
    return away.size > 0 and bool((away < step / 2).mean() > 0.99)


def _nsidc(raw: xr.Dataset, axes: Axes) -> Map | None:
    """NSIDC's 25 km grid, if the shape, latitudes and longitudes are those of that grid."""
    dims = tuple(map(str, raw.variables[str(axes.latitude)].dims))
    rows, columns = raw.variables[str(axes.latitude)].shape
    hemisphere = SHAPES.get((rows, columns))
    if hemisphere is None or set(raw.variables[str(axes.longitude)].dims) != set(dims):
        return None
    from thermocline.ocean.projected import nsidc

    for step in (-1, 1):
        turned = {"y": slice(None, None, step), "x": slice(None)}
        found = Map(nsidc(hemisphere), (dims[0], dims[1]), turned)
        if _agrees(found, *_places(raw, axes, dims)):
            return found
    return None
