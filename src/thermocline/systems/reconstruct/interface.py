"""Behind MLflow's `predict`: a table of observations in, the ocean's temperature out.

Input: a table with columns latitude, longitude (degrees), depth (m, positive down), temperature
(°C, potential) and optionally error (°C); parameters `date` ("YYYY-MM"), `members` (0: the model's
default), `seed`.
Output: {"thetao", "thetao_std"}: [1, C, H, W] float32 in °C, NaN on land, on the grid and levels
of the model's contract.json.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

from thermocline.systems.endpoint import Interface


def signature(contract: Mapping[str, Any]) -> ModelSignature:
    """What `predict` takes and gives, for a model with this contract.json."""
    columns = ("latitude", "longitude", "depth", "temperature")
    inputs: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in columns]
    inputs.append(ColSpec("double", "error", required=False))
    shape = (-1, *(len(contract[key]) for key in ("depth", "latitude", "longitude")))
    outputs: list[ColSpec | TensorSpec] = [
        TensorSpec(np.dtype(np.float32), shape, n) for n in ("thetao", "thetao_std")
    ]
    params = [
        ParamSpec("date", "string", ""),
        ParamSpec("members", "long", 0),
        ParamSpec("seed", "long", 0),
    ]
    return ModelSignature(Schema(inputs), Schema(outputs), ParamSchema(params))


def example() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Three observations of the equatorial Atlantic."""
    table = pd.DataFrame(
        {
            "latitude": [0.5, 0.5, -4.2],
            "longitude": [-23.0, -23.0, -10.4],
            "depth": [5.0, 100.0, 50.0],
            "temperature": [27.1, 18.4, 22.6],
            "error": [0.05, 0.05, 0.1],
        }
    )
    return table, {"date": "2008-03", "members": 2, "seed": 0}


def predict(model: Any, given: pd.DataFrame, params: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Mean and standard deviation of the temperature (see this module's docstring)."""
    from thermocline.systems.reconstruct.endpoints.analysis import analyse
    from thermocline.systems.reconstruct.endpoints.tables import observations_from_table

    answer = analyse(
        model,
        observations_from_table(given),
        str(params.get("date", "")),
        int(params.get("members", 0)) or None,
        int(params.get("seed", 0)),
    )
    return {
        "thetao": answer.mean[None].astype(np.float32),
        "thetao_std": answer.std[None].astype(np.float32),
    }


INTERFACE = Interface(signature=signature, example=example, predict=predict)
