"""The answer as a CF-1.9 dataset, written whole or not at all, and its summary in numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

import thermocline
from thermocline.files import atomic_path
from thermocline.observe import Observations
from thermocline.ocean.grid import Grid, cell_edges
from thermocline.ocean.variables import VARIABLES
from thermocline.predict.analysis import Answer, analyse
from thermocline.predict.champion import ServedModel

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.method import Reconstructor

FILL = np.float32(9.96921e36)
EPOCH = "days since 1950-01-01 00:00:00"
REFERENCES = (
    "ReconMOST (arXiv, June 2025): guided diffusion of multi-layer ocean temperature; "
    "Karras et al. (2022), doi:10.48550/arXiv.2206.00364"
)


def reconstruct(
    model: "ServedModel | Reconstructor",
    observations: Observations,
    date: str | np.datetime64,
    members: int | None = None,
    seed: int = 0,
    keep_members: bool = False,
) -> xr.Dataset:
    """A month's complete temperature field from sparse observations, as a CF dataset.

    Args:
        model: a loaded model; a bare Reconstructor is called "unregistered" in the attributes.
        members: ensemble size, the model's default if None.
        keep_members: also give `thetao_members` (member, time, depth, latitude, longitude).

    Returns:
        `thetao` and `thetao_std` (time, depth, latitude, longitude), float32, degrees Celsius,
        NaN on land. The same arguments give the same dataset to the bit.

    Raises:
        BadObservations: see `thermocline.predict.analysis.analyse`.
    """
    served = model if isinstance(model, ServedModel) else ServedModel(model)
    answer = analyse(served.reconstructor, observations, date, members, seed)
    grid, depth = served.reconstructor.grid, np.asarray(served.reconstructor.depth, np.float64)
    variable = VARIABLES["thetao"]
    dims = ("time", "depth", "latitude", "longitude")
    cell = {"cell_methods": "time: mean", "grid_mapping": "crs"}
    std = {
        "standard_name": f"{variable.standard_name} standard_error",
        "long_name": "Standard deviation of the potential temperature's uncertainty",
        "units": variable.units,
    }
    data: dict[str, Any] = {
        "thetao": (
            dims,
            answer.mean[None],
            variable.attributes | cell | {"ancillary_variables": "thetao_std"},
        ),
        "thetao_std": (dims, answer.std[None], std | {"grid_mapping": "crs"}),
        "crs": ((), np.int32(0), _crs()),
    }
    if keep_members and answer.members is not None:
        data["thetao_members"] = (
            ("member", *dims),
            answer.members[:, None],
            variable.attributes
            | {"long_name": "Sea water potential temperature of each member"}
            | cell,
        )
    dataset = xr.Dataset(data, coords=_coordinates(grid, depth, answer.month))
    if "thetao_members" in dataset:
        dataset = dataset.assign_coords(
            member=(
                "member",
                np.arange(len(dataset["member"])),
                {
                    "standard_name": "realization",
                    "long_name": "Ensemble member",
                    "units": "1",
                },
            )
        )
    drawn = 0 if answer.members is None else len(answer.members)
    dataset.attrs = _attributes(served, answer, drawn, seed)
    _encode(dataset)
    return dataset


def write_netcdf(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write the dataset whole or not at all; the same dataset gives the same bytes."""
    path = Path(path)
    with atomic_path(path.with_suffix(path.suffix or ".nc")) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4_CLASSIC")
    return path.with_suffix(path.suffix or ".nc")


def summary(dataset: xr.Dataset) -> dict[str, Any]:
    """Numbers to read without opening the field; plain JSON values.

    Area-weighted mean, minimum and maximum in °C and the RMS standard deviation of each level;
    what became of the observations; and who answered.
    """
    grid = Grid(dataset["latitude"].values, dataset["longitude"].values)
    area = grid.cell_area()
    levels = []
    for index, metres in enumerate(dataset["depth"].values):
        mean = dataset["thetao"].values[0, index].astype(np.float64)
        std = dataset["thetao_std"].values[0, index].astype(np.float64)
        sea = np.isfinite(mean)
        weight = np.where(sea, area, 0.0)
        if not sea.any():
            continue
        spread = float(np.sqrt((weight * np.where(sea, std, 0) ** 2).sum() / weight.sum()))
        levels.append(
            {
                "depth": float(metres),
                "mean": float((weight * np.where(sea, mean, 0)).sum() / weight.sum()),
                "minimum": float(mean[sea].min()),
                "maximum": float(mean[sea].max()),
                "std": spread if np.isfinite(spread) else None,
            }
        )
    attributes = dataset.attrs
    return {
        "date": attributes["date"],
        "variable": "thetao",
        "units": dataset["thetao"].attrs["units"],
        "levels": levels,
        "observations": {
            key: int(attributes[f"observations_{key}"])
            for key in ("given", "used", "off_level", "on_land", "snapped", "cells")
        },
        "members": int(attributes["members"]),
        "seed": int(attributes["seed"]),
        "evaluations": int(attributes["network_evaluations"]),
        "model": {
            key: str(attributes[f"model_{key}"])
            for key in ("name", "version", "digest", "data_digest", "verdict", "baseline_verdict")
        },
    }


def _coordinates(grid: Grid, depth: np.ndarray, month: np.datetime64) -> dict[str, Any]:
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
        "latitude": (
            "latitude",
            grid.latitude,
            {
                "standard_name": "latitude",
                "long_name": "Latitude",
                "units": "degrees_north",
                "axis": "Y",
                "bounds": "latitude_bnds",
            },
        ),
        "latitude_bnds": (("latitude", "bnds"), np.stack([south, north], axis=1)),
        "longitude": (
            "longitude",
            grid.longitude,
            {
                "standard_name": "longitude",
                "long_name": "Longitude",
                "units": "degrees_east",
                "axis": "X",
                "bounds": "longitude_bnds",
            },
        ),
        "longitude_bnds": (("longitude", "bnds"), np.stack([west, east], axis=1)),
    }


def _crs() -> dict[str, Any]:
    return {"grid_mapping_name": "latitude_longitude", "earth_radius": 6_371_000.0}


def _attributes(served: ServedModel, answer: Answer, members: int, seed: int) -> dict[str, Any]:
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
        "model_name": who.name,
        "model_version": who.version,
        "model_digest": who.digest,
        "model_data_digest": who.data_digest,
        "model_verdict": who.verdict,
        "model_baseline_verdict": who.baseline_verdict,
    }


def _encode(dataset: xr.Dataset) -> None:
    for name, variable in dataset.variables.items():
        if str(name).startswith("thetao"):
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
    for name in ("time", "time_bnds"):
        dataset[name].encoding = {
            "_FillValue": None,
            "dtype": "float64",
            "units": EPOCH,
            "calendar": "standard",
        }
