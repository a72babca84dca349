"""A grid from its description, of whichever kind it is."""

from typing import Any

import numpy as np

from thermocline.errors import BadData
from thermocline.ocean.grid import Grid
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.projected import ProjectedGrid


def grid_from_description(description: dict[str, Any]) -> Grid:
    """The grid that `describe` described.

    Raises:
        BadData: for a description of no known kind, or one that is not complete.
    """
    kind = description.get("kind")
    try:
        if kind == "latitude_longitude":
            return LatLonGrid(
                np.array(description["latitude"], np.float64),
                np.array(description["longitude"], np.float64),
            )
        if kind == "projected":
            return ProjectedGrid(
                np.array(description["x"], np.float64),
                np.array(description["y"], np.float64),
                description["crs"],
            )
    except KeyError as missing:
        raise BadData(f"no {missing} in a {kind} grid", where="grid") from missing
    raise BadData(
        f"a grid of kind {kind!r}",
        where="grid",
        fix="the known kinds are latitude_longitude and projected",
    )
