"""A registered version that is exported, the store it came from, and an answer of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_model import save_report, save_tiny

from thermocline.observe import Observations
from thermocline.predict.champion import load_registered
from thermocline.registry.registration.register import register
from thermocline.registry.transfer.outgoing import export_model
from thermocline.systems.reconstruct.endpoints.dataset import reconstruct

NAME = "thermocline-reconstruct"


def make_export(place: Path, empty_store: Path, code: Path, config: Any) -> None:
    """Write `export`, and beside it `store` and `answer.json`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "thermocline.registry.registration.package.input_example", lambda system: None
        )
        patch.setattr("thermocline.registry.registration.package.SOURCE", code)
        patch.chdir(own_store(place / "store", empty_store, patch))
        model, report = save_tiny(place / "tiny"), save_report(place / "report")
        (report / "figures").mkdir()
        (report / "figures" / "maps.png").write_bytes(b"\x89PNG\r\n\x1a\n figure")
        register(model, report, config, root=place)
        export_model(f"models:/{NAME}/1", place / "export")
        (place / "answer.json").write_text(json.dumps(answer_of("1").tolist()))


def own_store(folder: Path, empty: Path, patch: pytest.MonkeyPatch) -> Path:
    """A new folder with an empty registry, which is that of this process from now on."""
    folder.mkdir(parents=True)
    shutil.copyfile(empty, folder / "mlflow.db")
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    patch.delenv("MLFLOW_RUN_ID", raising=False)
    return folder


def answer_of(version: str) -> np.ndarray:
    """What this version makes of two observations."""
    observations = Observations.checked([5, -10], [6, 120], [5, 100], [26, 15])
    answer = reconstruct(load_registered(NAME, version).model, observations, "2008-03", 2, 3)
    return np.stack([answer["thetao"].values, answer["thetao_std"].values])
