"""CF-1.9 coordinates, attributes and encoding of an answer."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline import __version__
from thermocline.ocean.grid import LatLonGrid, cell_edges

FILL = np.float32(9.96921e36)
EPOCH = "days since 1950-01-01 00:00:00"


def coordinates(grid: LatLonGrid, depth: np.ndarray, month: np.datetime64) -> dict[str, Any]:
    edges = [month.astype("datetime64[ns]"), (month + 1).astype("datetime64[ns]")]
    middle = edges[0] + (edges[1] - edges[0]) // 2
    south, north = cell_edges(grid.latitude, -90, 90)
    west, east = cell_edges(grid.longitude, -180, 180)
    top = np.concatenate([[0.0], (depth[1:] + depth[:-1]) / 2])
    bottom = np.concatenate([top[1:], [2 * depth[-1] - top[-1]]])
    return {
        "time": (
            "time",
            [middle],
            {
                "standard_name": "time",
                "long_name": "Middle of the month",
                "axis": "T",
                "bounds": "time_bnds",
            },
        ),
        "time_bnds": (("time", "bnds"), [edges]),
        "depth": (
            "depth",
            depth,
            {
                "standard_name": "depth",
                "long_name": "Depth below the surface",
                "units": "m",
                "positive": "down",
                "axis": "Z",
                "bounds": "depth_bnds",
            },
        ),
        "depth_bnds": (("depth", "bnds"), np.stack([top, bottom], axis=1)),
        **horizontal(grid.latitude, grid.longitude),
        "latitude_bnds": (("latitude", "bnds"), np.stack([south, north], axis=1)),
        "longitude_bnds": (("longitude", "bnds"), np.stack([west, east], axis=1)),
    }


def horizontal(latitude: np.ndarray, longitude: np.ndarray) -> dict[str, Any]:
    """Coordinates in degrees, [H] and [W]; their bounds are `latitude_bnds`, `longitude_bnds`."""
    facts = (
        ("latitude", latitude, "Latitude", "degrees_north", "Y"),
        ("longitude", longitude, "Longitude", "degrees_east", "X"),
    )
    return {
        name: (
            name,
            values,
            {
                "standard_name": name,
                "long_name": long_name,
                "units": units,
                "axis": axis,
                "bounds": f"{name}_bnds",
            },
        )
        for name, values, long_name, units, axis in facts
    }


def member_axis(count: int) -> dict[str, Any]:
    """The coordinate `member`."""
    about = {"standard_name": "realization", "long_name": "Ensemble member", "units": "1"}
    return {"member": ("member", np.arange(count), about)}


def crs() -> dict[str, Any]:
    return {"grid_mapping_name": "latitude_longitude", "earth_radius": 6_371_000.0}


def about(title: str, source: str, history: str, references: str, comment: str) -> dict[str, Any]:
    """Global attributes that every answer has.

    Args:
        source: the kind of model; `predict` puts its name and version before it.
        history: the question and what was done, without times and paths: the same question gives
            the same file.
    """
    return {
        "Conventions": "CF-1.9",
        "title": title,
        "institution": "not stated; made with Thermocline",
        "source": source,
        "history": f"thermocline {__version__} {history}",
        "references": references,
        "comment": comment,
    }


def encode(dataset: xr.Dataset) -> None:
    """How an answer is written: maps packed without loss, times in days, of their own calendar."""
    calendars = {
        name: dataset[name].encoding.get("calendar", "standard")
        for name in dataset.variables.keys() & {"time", "time_bnds"}
    }
    for variable in dataset.variables.values():
        if {"latitude", "longitude"} <= set(variable.dims):
            variable.encoding = {
                "dtype": "float32",
                "_FillValue": FILL,
                "zlib": True,
                "complevel": 4,
                "shuffle": True,
            }
        else:
            variable.encoding = {"_FillValue": None}
            if variable.dtype.kind == "i":
                variable.encoding["dtype"] = "int32"
    for name, calendar in calendars.items():
        dataset[name].encoding = {
            "_FillValue": None,
            "dtype": "float64",
            "units": EPOCH,
            "calendar": calendar,
        }
