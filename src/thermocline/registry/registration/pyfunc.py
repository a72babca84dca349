"""The MLflow model, as code: MLflow runs this file when it loads a registered version.

Nothing is unpickled: the weights are safetensors among the artifacts, checked against their
manifest before they are used. What goes in and comes out is the system's own affair: see
`interface.py` in its folder, and the signature that MLflow shows.
"""

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class RegisteredModel(PythonModel):
    """A model of any system behind MLflow's predict interface."""

    def load_context(self, context: Any) -> None:
        """Load the model folder; raises BadFile if it differs from its manifest.

        So does a pickle anywhere beside it, under the folder that holds MLmodel.
        """
        from thermocline.predict.champion import load_directory
        from thermocline.predict.manifest import refuse_pickles
        from thermocline.systems import get

        places = [Path(place) for place in context.artifacts.values()]
        folder = next(place for place in places if (place / "contract.json").is_file())
        if (folder.parents[1] / "MLmodel").is_file():
            refuse_pickles(folder.parents[1])
        self.served = load_directory(folder)
        self.interface = get(self.served.system).interface

    def predict(
        self,
        context: Any,
        model_input,  # MLflow would infer a signature from a hint
        params: dict[str, Any] | None = None,
    ) -> dict[str, np.ndarray]:
        """Arrays by name, as the model's signature says."""
        return self.interface.predict(self.served.model, model_input, params or {})


set_model(RegisteredModel())
