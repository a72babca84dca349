"""The region of a request: the named one, or that of most profiles.

Without profiles it is the only one that the surface fields reach (`surface.only_region`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadObservations, shown
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.densify.data.raw import DAYS
from thermocline.systems.densify.endpoints.profiles import near

if TYPE_CHECKING:
    from thermocline.systems.densify.endpoints.request import DensifyRequest
    from thermocline.systems.densify.model.method import Densifier


def profiles_inside(
    model: "Densifier", request: "DensifyRequest", profiles: xr.Dataset
) -> dict[str, NDArray[np.bool_]]:
    """Which profiles [n] lie in the region that was named, or in each.

    Raises:
        BadObservations: for an unknown region, or no profile in any and no surface field.
    """
    grids, boxes = model.grids, _boxes(model)
    if request.region is not None:
        asked = _plain(request.region)
        grids = {name: grid for name, grid in grids.items() if _plain(name) == asked}
        if not grids:
            what = f"no region {request.region!r}"
            raise BadObservations(what, where="region", fix=f"known are {boxes}")
    place = profiles["latitude"].values, profiles["longitude"].values
    inside = {name: grid.contains(*place) for name, grid in grids.items()}
    if request.surface is None and not np.any(list(inside.values())):
        count = profiles.sizes["n_prof"]
        what = f"none of {count} profiles lies in {request.region or 'a region of the model'}"
        raise BadObservations(what, where="observations", fix=f"known are {boxes}")
    return inside


def region_of_most(
    model: "Densifier",
    inside: Mapping[str, NDArray[np.bool_]],
    profiles: xr.Dataset,
    day: np.datetime64,
) -> str:
    """The region of most profiles near a day, or the only one."""
    usable = near(profiles["time"].values, day)
    count = {name: int((of & usable).sum()) for name, of in inside.items()}
    best = max(count, key=lambda name: count[name])
    if count[best] or (not profiles.sizes["n_prof"] and len(count) == 1):
        return best
    if np.any(list(inside.values())):
        what = f"no profile of the region within {DAYS} days of {shown(day)}"
        raise BadObservations(what, where="date", fix="ask for another day")
    fix = f"add `region`, one of {_boxes(model)}"
    raise BadObservations("no region", where="request", fix=fix)


def _plain(name: str) -> str:
    """A region's name however it is written, such as `Gulf Stream` for `gulf_stream`."""
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _boxes(model: "Densifier") -> str:
    """The regions in words."""
    return "; ".join(f"{name} ({_box(grid)})" for name, grid in model.grids.items())


def _box(grid: LatLonGrid) -> str:
    south, north, west, east = (
        float(axis[end]) for axis in (grid.latitude, grid.longitude) for end in (0, -1)
    )
    return f"{_span(south, north, 'NS')}, {_span(west, east, 'EW')}"


def _span(low: float, high: float, sides: str) -> str:
    """Such as 31.1 to 43.9° N; the first of the sides is that of numbers above 0."""
    if low < 0 < high:
        return f"{-low:.1f}° {sides[1]} to {high:.1f}° {sides[0]}"
    first, last = sorted((abs(low), abs(high)), reverse=high <= 0)
    return f"{first:.1f} to {last:.1f}° {sides[high <= 0]}"
