"""A model as MLflow keeps it: code by path, weights as safetensors, signature, example, card."""

import json
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from thermocline.files import atomic_directory
from thermocline.predict.manifest import MANIFEST, model_files, write_manifest
from thermocline.registry.runs.run_by_key import this_process
from thermocline.registry.store.tags import DIGEST, PROCESS
from thermocline.systems import get

SOURCE = Path(__file__).resolve().parents[2]
REQUIREMENTS = ("numpy", "scipy", "torch", "safetensors", "pydantic", "pandas", "pyyaml", "xarray")


def assemble(model_dir: str | Path, target: str | Path, extra: Mapping[str, str | bytes]) -> Path:
    """Copy a trained model to `target`, with `extra` files and a manifest over everything."""
    model_dir, target = Path(model_dir), Path(target)
    with atomic_directory(target) as folder:
        for name in model_files(model_dir):
            shutil.copyfile(model_dir / name, folder / name)
        for name, content in extra.items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        write_manifest(folder)
    return target


def log_pyfunc(run_id: str, folder: Path, name: str, digest: str, report: Path) -> Any:
    """Log an assembled model, with its evaluation, to a run; returns MLflow's ModelInfo."""
    import mlflow

    contract = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    system = str(contract["system"])
    interface = get(system).interface
    client = mlflow.MlflowClient()
    was = client.get_run(run_id).info.status
    try:
        with (
            warnings.catch_warnings(),
            _without_bytecode(),
            mlflow.start_run(run_id=run_id, nested=mlflow.active_run() is not None),
        ):
            # MLflow advises type hints, from which it would infer another signature than ours.
            warnings.filterwarnings("ignore", message=".*type hints to the `predict`.*")
            info = mlflow.pyfunc.log_model(
                name=name,
                python_model=str(Path(__file__).with_name("pyfunc.py")),
                artifacts={system: str(folder), report.name: str(report)},
                code_paths=[str(SOURCE)],
                signature=interface.signature(contract),
                input_example=input_example(system),
                pip_requirements=requirements(),
                tags={DIGEST: digest, PROCESS: this_process()},
                metadata={"manifest": MANIFEST, "digest": digest},
            )
    finally:
        if was != "RUNNING":
            client.set_terminated(run_id, was)
    return info


@contextmanager
def _without_bytecode() -> Iterator[None]:
    """MLflow tries the model from its place in the registry: no cache is to be left there."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def input_example(system: str) -> Any:
    """What MLflow tries a model of this system with when it is logged.

    Without parameters it is no pair: MLflow could not read one of those again.
    """
    given, parameters = get(system).interface.example()
    return (given, parameters) if parameters else given


def requirements() -> list[str]:
    """What loading the model needs, at the versions installed here."""
    from importlib.metadata import version

    return [f"{name}=={version(name).split('+')[0]}" for name in (*REQUIREMENTS, "mlflow")]
