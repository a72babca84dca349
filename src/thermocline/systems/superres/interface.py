"""Behind MLflow's `predict`: a coarse map of temperature in, a finer one out.

Input: {"sst" [h, w] °C, NaN on land, "latitude" [h], "longitude" [w]}, a regular grid in degrees,
either direction and convention; parameters `date`, `members` (0: the model's default), `seed`, and
`error`, the standard deviation of the given values' errors in °C (0: the usual one).
Output: {"analysed_sst", "analysed_sst_std"}: [H, W] float32 in °C, NaN on land, and the cells'
"latitude" [H] and "longitude" [W], ascending.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from mlflow.models import ModelSignature
from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec

from thermocline.systems.endpoint import Interface


def signature(contract: Mapping[str, Any]) -> ModelSignature:
    """What `predict` takes and gives; the same for every contract."""
    degrees, celsius = np.dtype(np.float64), np.dtype(np.float32)
    axes = [TensorSpec(degrees, (-1,), name) for name in ("latitude", "longitude")]
    fields = [TensorSpec(celsius, (-1, -1), n) for n in ("analysed_sst", "analysed_sst_std")]
    params = [
        ParamSpec("date", "string", ""),
        ParamSpec("members", "long", 0),
        ParamSpec("seed", "long", 0),
        ParamSpec("error", "double", 0.0),
    ]
    inputs = Schema([TensorSpec(celsius, (-1, -1), "sst"), *axes])
    return ModelSignature(inputs, Schema([*fields, *axes]), ParamSchema(params))


def example() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A front in the South Pacific, 6 × 6 values a quarter of a degree apart."""
    axis = 0.25 * np.arange(6) + 0.125
    latitude, longitude = axis - 40.0, axis - 130.0
    sst = 14 - 2 * np.tanh(latitude[:, None] + 39.25 + 0.3 * np.sin(4 * longitude))
    given = {"sst": sst.astype(np.float32), "latitude": latitude, "longitude": longitude}
    return given, {"date": "2008-03-14", "members": 2, "seed": 0}


def predict(
    model: Any, given: Mapping[str, np.ndarray], params: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Mean and standard deviation of the finer field (see this module's docstring)."""
    from thermocline.systems.superres.endpoints.dataset import superresolve

    answer = superresolve(
        model,
        _dataset(given, str(params.get("date", ""))),
        members=int(params.get("members", 0)) or None,
        seed=int(params.get("seed", 0)),
        error=float(params.get("error", 0)) or None,
    )
    fields = {n: answer[n].values.squeeze() for n in ("analysed_sst", "analysed_sst_std")}
    return fields | {n: answer[n].values for n in ("latitude", "longitude")}


def _dataset(given: Mapping[str, np.ndarray], date: str) -> xr.Dataset:
    """What is given as a file would have it."""
    units = {"latitude": "degrees_north", "longitude": "degrees_east"}
    axes = {name: (name, given[name], {"units": units[name]}) for name in units}
    sst = (("latitude", "longitude"), given["sst"], {"units": "degree_Celsius"})
    dataset = xr.Dataset({"sst": sst}, coords=axes)
    return dataset.assign_coords(time=np.datetime64(date, "ns")) if date else dataset


INTERFACE = Interface(signature=signature, example=example, predict=predict)
