"""A model as MLflow keeps it: code by path, weights as safetensors, signature, example, card."""

import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.files import atomic_directory
from thermocline.predict.champion import ARTIFACT
from thermocline.predict.manifest import MANIFEST, MODEL_FILES, refuse_pickles, write_manifest

SOURCE = Path(__file__).resolve().parents[1]
REQUIREMENTS = ("numpy", "scipy", "torch", "safetensors", "pydantic", "pandas", "pyyaml", "xarray")


def assemble(model_dir: str | Path, target: str | Path, extra: Mapping[str, str | bytes]) -> Path:
    """Copy a trained model to `target`, with `extra` files and a manifest over everything."""
    model_dir, target = Path(model_dir), Path(target)
    with atomic_directory(target) as folder:
        for name in MODEL_FILES:
            shutil.copyfile(model_dir / name, folder / name)
        for name, content in extra.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        write_manifest(folder)
    return target


def signature(levels: int, rows: int, columns: int) -> Any:
    """Tables of observations in; [1, C, H, W] tensors of mean and standard deviation out."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    columns_in = ("latitude", "longitude", "depth", "temperature")
    inputs: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in columns_in]
    inputs.append(ColSpec("double", "error", required=False))
    shape = (-1, levels, rows, columns)
    outputs: list[ColSpec | TensorSpec] = [
        TensorSpec(np.dtype(np.float32), shape, n) for n in ("thetao", "thetao_std")
    ]
    params = [
        ParamSpec("date", "string", ""),
        ParamSpec("members", "long", 0),
        ParamSpec("seed", "long", 0),
    ]
    return ModelSignature(Schema(inputs), Schema(outputs), ParamSchema(params))


def input_example() -> tuple[Any, dict[str, Any]]:
    """Three observations of the equatorial Atlantic, and the parameters that go with them."""
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


def log_pyfunc(
    run_id: str,
    folder: Path,
    name: str,
    tags: Mapping[str, str],
    others: Mapping[str, Path] | None = None,
) -> Any:
    """Log an assembled model, with `others` artifacts, to a run; returns MLflow's ModelInfo.

    Raises:
        BadFile: if anything among the artifacts could be a pickle.
    """
    import mlflow

    contract = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    shape = tuple(len(contract[key]) for key in ("depth", "latitude", "longitude"))
    described = signature(*shape)
    client = mlflow.MlflowClient()
    was = client.get_run(run_id).info.status
    try:
        with (
            warnings.catch_warnings(),
            mlflow.start_run(run_id=run_id, nested=mlflow.active_run() is not None),
        ):
            # MLflow advises type hints, from which it would infer another signature than ours.
            warnings.filterwarnings("ignore", message=".*type hints to the `predict`.*")
            info = mlflow.pyfunc.log_model(
                name=name,
                python_model=str(Path(__file__).with_name("pyfunc_model.py")),
                artifacts={ARTIFACT: str(folder)} | {k: str(v) for k, v in (others or {}).items()},
                code_paths=[str(SOURCE)],
                signature=described,
                input_example=input_example(),
                pip_requirements=requirements(),
                tags=dict(tags),
                metadata={"manifest": MANIFEST, "digest": tags["thermocline.digest"]},
            )
    finally:
        if was != "RUNNING":
            client.set_terminated(run_id, was)
    refuse_pickles(Path(mlflow.artifacts.download_artifacts(info.model_uri)))
    return info


def requirements() -> list[str]:
    """What loading the model needs, at the versions installed here."""
    from importlib.metadata import version

    return [f"{name}=={version(name).split('+')[0]}" for name in (*REQUIREMENTS, "mlflow")]
