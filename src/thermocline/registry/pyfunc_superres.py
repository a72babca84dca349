"""The MLflow model, as code: MLflow runs this file when it loads a registered super-resolver.

Nothing is unpickled: the weights are safetensors among the artifacts, checked against their
manifest before they are used.

Input: {"sst" [h, w] °C, NaN on land, "latitude" [h], "longitude" [w]}, a regular grid in degrees,
either direction and convention; parameters `date`, `members`, `seed`, and `error`, the standard
deviation of the given values' errors in °C (0: the usual one).
Output: {"analysed_sst", "analysed_sst_std"}: [H, W] float32 in °C, NaN on land, and the cells'
"latitude" [H] and "longitude" [W], ascending.
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class SuperresolverModel(PythonModel):
    """`thermocline.systems.superres.Superresolver` behind MLflow's predict interface."""

    def load_context(self, context: Any) -> None:
        """Load the model folder; raises BadFile if it differs from its manifest.

        So does a pickle anywhere beside it, under the folder that holds MLmodel.
        """
        from thermocline.predict.champion import load_directory
        from thermocline.predict.manifest import refuse_pickles

        folder = Path(context.artifacts["superres"])
        if (folder.parents[1] / "MLmodel").is_file():
            refuse_pickles(folder.parents[1])
        self.served = load_directory(folder)

    def predict(
        self,
        context: Any,
        model_input: Any,  # the mapping above; MLflow knows no type hint for one
        params: dict[str, Any] | None = None,
    ) -> dict[str, np.ndarray]:
        """Mean and standard deviation of the finer field (see this module's docstring)."""
        from thermocline.predict.superres import superresolve

        settings: dict[str, Any] = {"date": "", "members": 0, "seed": 0, "error": 0.0}
        settings |= params or {}
        answer = superresolve(
            self.served,
            _dataset(model_input, str(settings["date"])),
            members=int(settings["members"]) or None,
            seed=int(settings["seed"]),
            error=float(settings["error"]) or None,
        )
        fields = {n: answer[n].values.squeeze() for n in ("analysed_sst", "analysed_sst_std")}
        return fields | {n: answer[n].values for n in ("latitude", "longitude")}


def _dataset(given: dict[str, np.ndarray], date: str) -> xr.Dataset:
    """What is given as a file would have it."""
    units = {"latitude": "degrees_north", "longitude": "degrees_east"}
    axes = {name: (name, given[name], {"units": units[name]}) for name in units}
    sst = (("latitude", "longitude"), given["sst"], {"units": "degree_Celsius"})
    dataset = xr.Dataset({"sst": sst}, coords=axes)
    return dataset.assign_coords(time=np.datetime64(date, "ns")) if date else dataset


set_model(SuperresolverModel())
