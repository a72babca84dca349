"""What MLflow is told of a model's inputs and outputs, by system."""

from collections.abc import Mapping
from typing import Any

CODE = {"reconstruct": "pyfunc_model.py", "superres": "pyfunc_superres.py"}
"""The file of this package that MLflow runs to load a model of each system."""


def signature(contract: Mapping[str, Any]) -> Any:
    """The `ModelSignature` of a model with this contract; see the files of `CODE`."""
    return _SIGNATURES[contract["system"]](contract)


def input_example(system: str) -> tuple[Any, dict[str, Any]]:
    """An input that MLflow tries a model with, and the parameters that go with it."""
    return _EXAMPLES[system]()


def _observations_in(contract: Mapping[str, Any]) -> Any:
    """Tables of observations in; [1, C, H, W] tensors of mean and standard deviation out."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    columns_in = ("latitude", "longitude", "depth", "temperature")
    inputs: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in columns_in]
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


def _map_in(contract: Mapping[str, Any]) -> Any:
    """A coarse map and its axes in; the finer mean, standard deviation and axes out."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec

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


def _some_observations() -> tuple[Any, dict[str, Any]]:
    """Three observations of the equatorial Atlantic."""
    import pandas as pd

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


def _some_map() -> tuple[Any, dict[str, Any]]:
    """A front in the South Pacific, 6 × 6 values a quarter of a degree apart."""
    import numpy as np

    axis = 0.25 * np.arange(6) + 0.125
    latitude, longitude = axis - 40.0, axis - 130.0
    sst = 14 - 2 * np.tanh(latitude[:, None] + 39.25 + 0.3 * np.sin(4 * longitude))
    given = {"sst": sst.astype(np.float32), "latitude": latitude, "longitude": longitude}
    return given, {"date": "2008-03-14", "members": 2, "seed": 0}


_SIGNATURES = {"reconstruct": _observations_in, "superres": _map_in}
_EXAMPLES = {"reconstruct": _some_observations, "superres": _some_map}
