"""The MLflow model, as code: MLflow runs this file when it loads a registered reconstructor.

Nothing is unpickled: the weights are safetensors among the artifacts, checked against their
manifest before they are used.

Input: a table with columns latitude, longitude (degrees), depth (m, positive down), temperature
(°C, potential) and optionally error (°C); parameters `date` ("YYYY-MM"), `members`, `seed`.
Output: {"thetao", "thetao_std"}: [1, C, H, W] float32 in °C, NaN on land, on the grid and levels
of the model's contract.json.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class ReconstructorModel(PythonModel):
    """`thermocline.systems.reconstruct.Reconstructor` behind MLflow's predict interface."""

    def load_context(self, context: Any) -> None:
        """Load the model folder; raises BadFile if it differs from its manifest.

        So does a pickle anywhere beside it, under the folder that holds MLmodel.
        """
        from thermocline.predict.champion import load_directory
        from thermocline.predict.manifest import refuse_pickles

        folder = Path(context.artifacts["reconstruct"])
        if (folder.parents[1] / "MLmodel").is_file():
            refuse_pickles(folder.parents[1])
        self.served = load_directory(folder)

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> dict[str, np.ndarray]:
        """Mean and standard deviation of the temperature (see this module's docstring)."""
        from thermocline.predict.analysis import analyse
        from thermocline.predict.tables import observations_from_table

        settings: dict[str, Any] = {"date": "", "members": 0, "seed": 0} | (params or {})
        observations = observations_from_table(model_input)
        answer = analyse(
            self.served.reconstructor,
            observations,
            str(settings["date"]),
            int(settings["members"]) or None,
            int(settings["seed"]),
        )
        return {
            "thetao": answer.mean[None].astype(np.float32),
            "thetao_std": answer.std[None].astype(np.float32),
        }


set_model(ReconstructorModel())
