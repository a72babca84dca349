"""CF-1.9 coordinates, attributes and encoding of an answer."""

from typing import Any

import numpy as np
import xarray as xr

import thermocline
from thermocline.ocean.grid import LatLonGrid, cell_edges
from thermocline.predict.analysis import Answer
from thermocline.predict.champion import Identity, ServedModel

FILL = np.float32(9.96921e36)
EPOCH = "days since 1950-01-01 00:00:00"
REFERENCES = (
    "ReconMOST (arXiv, June 2025): guided diffusion of multi-layer ocean temperature; "
    "Karras et al. (2022), doi:10.48550/arXiv.2206.00364"
)


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


def attributes(served: ServedModel, answer: Answer, members: int, seed: int) -> dict[str, Any]:
    who, usage = served.identity, answer.usage
    return {
        "Conventions": "CF-1.9",
        "title": f"Ocean potential temperature reconstructed from observations, {answer.month}",
        "institution": "not stated; made with Thermocline",
        "source": f"{who.name} version {who.version}: guided diffusion model of the ocean",
        # No clock and no paths: the same request must give the same file.
        "history": f"thermocline {thermocline.__version__} reconstruct: {usage.used} of "
        f"{usage.given} observations, {members} members, seed {seed}",
        "references": REFERENCES,
        "comment": "Mean and standard deviation of the members drawn given the observations.",
        "date": str(answer.month),
        "seed": str(seed),  # as text: a classic NetCDF attribute holds no 53-bit integer
        "members": np.int32(members),
        "network_evaluations": np.int32(answer.evaluations),
        "observations_given": np.int32(usage.given),
        "observations_used": np.int32(usage.used),
        "observations_off_level": np.int32(usage.off_level),
        "observations_on_land": np.int32(usage.on_land),
        "observations_snapped": np.int32(usage.snapped),
        "observations_cells": np.int32(usage.cells),
        "observations_around": np.int32(usage.around),
        "observations_off_month": np.int32(usage.off_month),
        "observations_rejected": np.int32(answer.rejected),
        "observations_error_factor": np.float64(answer.error_factor),
        "observations_checks": checks_in_words(answer),
        **model_attributes(who),
    }


def model_attributes(who: Identity) -> dict[str, str]:
    """Who answered."""
    return {
        "model_name": who.name,
        "model_version": who.version,
        "model_digest": who.digest,
        "model_data_digest": who.data_digest,
        "model_verdict": who.verdict,
        "model_baseline_verdict": who.baseline_verdict,
    }


def checks_in_words(answer: Answer) -> str:
    """What the checks of the observations did, for a person to read."""
    count = answer.rejected
    verb = "value was" if count == 1 else "values were"
    rejected = f"{count or 'No'} gridded {verb} rejected by the background check"
    if answer.error_factor == 1:
        return f"{rejected}."
    return f"{rejected}; errors were taken to be {answer.error_factor:.1f} times those stated."


def encode(dataset: xr.Dataset) -> None:
    """How an answer is written: maps packed without loss, times in days."""
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
    for name in dataset.variables.keys() & {"time", "time_bnds"}:
        dataset[name].encoding = {
            "_FillValue": None,
            "dtype": "float64",
            "units": EPOCH,
            "calendar": "standard",
        }
