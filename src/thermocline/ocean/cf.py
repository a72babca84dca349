"""CF-1.9 coordinates, attributes and encoding of an answer; ACDD-1.3 attributes of its extent."""

from typing import Any

import numpy as np
import xarray as xr

from thermocline import __version__
from thermocline.errors import BadData
from thermocline.ocean.latlon import SPHERE, LatLonGrid, horizontal
from thermocline.ocean.rows import COLUMNS, ROWS

__all__ = ["about", "coordinates", "coverage", "crs", "encode", "horizontal", "member_axis"]

FILL = np.float32(9.96921e36)
MAPS = (("latitude", "longitude"), ("y", "x"))
"""The last two dims of a field."""
EPOCH = "days since 1950-01-01 00:00:00"


def coordinates(grid: LatLonGrid, depth: np.ndarray, month: np.datetime64) -> dict[str, Any]:
    edges = [month.astype("datetime64[ns]"), (month + 1).astype("datetime64[ns]")]
    if edges[0].astype("datetime64[M]") != month or edges[1] < edges[0]:
        raise BadData(  # it would wrap around in silence
            f"the month {month} is outside 1678 to 2261", where="date", fix="correct the date"
        )
    middle = edges[0] + (edges[1] - edges[0]) // 2
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
        **{name: axis for name, axis in grid.coordinates().items() if name != "crs"},
    }


def member_axis(count: int) -> dict[str, Any]:
    """The coordinate `member`."""
    about = {"standard_name": "realization", "long_name": "Ensemble member", "units": "1"}
    return {"member": ("member", np.arange(count), about)}


def crs() -> dict[str, Any]:
    """The grid mapping of a sphere, as attributes."""
    return dict(SPHERE)


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


def coverage(dataset: xr.Dataset) -> dict[str, Any]:
    """Where and when an answer is, as global attributes of ACDD-1.3, which they name."""
    found: dict[str, Any] = {}
    for name, key in (("latitude", "lat"), ("longitude", "lon"), ("depth", "vertical")):
        if name in dataset.coords:
            values = dataset[name].values
            found[f"geospatial_{key}_min"] = np.float64(values.min())
            found[f"geospatial_{key}_max"] = np.float64(values.max())
    if "depth" in dataset.coords:
        found["geospatial_vertical_positive"] = "down"
    if "time" in dataset.coords:
        times = dataset["time_bnds" if "time_bnds" in dataset else "time"].values.ravel()
        found["time_coverage_start"], found["time_coverage_end"] = (
            str(times[k]).removesuffix(".000000000") for k in (0, -1)
        )
    conventions = str(dataset.attrs.get("Conventions", "CF-1.9")).split(",")[0]
    return {"Conventions": f"{conventions}, ACDD-1.3", **found}


def encode(dataset: xr.Dataset) -> None:
    """How an answer is written: maps packed without loss, times in days, of their own calendar."""
    calendars = {
        name: dataset[name].encoding.get("calendar", "standard")
        for name in dataset.variables.keys() & {"time", "time_bnds"}
    }
    for variable in dataset.variables.values():
        if variable.dims[-2:] in MAPS and variable.dtype.kind == "f":
            variable.encoding = {
                "dtype": "float32",
                "_FillValue": FILL,
                "zlib": True,
                "complevel": 4,
                "shuffle": True,
            }
            if variable.chunks:  # read, and so written, by blocks of rows
                rows, columns = min(ROWS, variable.shape[-2]), min(COLUMNS, variable.shape[-1])
                lead = (1,) * (variable.ndim - 2)
                variable.encoding["chunksizes"] = (*lead, rows, columns)
        elif variable.dims[-2:] in MAPS and variable.dtype == np.int8:
            variable.encoding = {"_FillValue": None, "zlib": True, "complevel": 4}
        else:
            variable.encoding = {"_FillValue": None}
            if variable.dtype.kind == "i" and variable.dtype.itemsize > 4:
                variable.encoding["dtype"] = "int32"
    for name, calendar in calendars.items():
        dataset[name].encoding = {
            "_FillValue": None,
            "dtype": "float64",
            "units": EPOCH,
            "calendar": calendar,
        }
