"""Registered versions made by hand, in milliseconds, for the log, the gate and deletion."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tiny_model import save_report, save_tiny

from thermocline.predict.manifest import write_manifest
from thermocline.registry.aliases.history import holder
from thermocline.registry.aliases.log import entries
from thermocline.registry.store.connection import connect

NAME = "thermocline-reconstruct"


def versions() -> list[str]:
    """Numbers of the registered versions."""
    return sorted(str(v.version) for v in connect().search_model_versions(f"name = '{NAME}'"))


def bare_versions(count: int, name: str = NAME) -> Any:
    """`count` registered versions with nothing behind them; returns a client."""
    client = connect()
    client.create_registered_model(name)
    for number in range(1, count + 1):
        client.create_model_version(name, f"s3://nowhere/{number}", await_creation_for=0)
    return client


def add_version(folder: Path, ours: float, *, name: str = NAME, **report: Any) -> str:
    """Register a tiny model whose RMSE is `ours` of climatology's; returns its number.

    Its files lie where registration would put them, but not in MLflow's artifact folder.
    """
    client = connect("reconstruct")
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    seed = len(client.search_model_versions(f"name = '{name}'"))
    root = folder / f"files-{name}-{seed}"
    model = save_tiny(root / "artifacts" / "reconstruct", seed)
    write_manifest(model)
    digest = json.loads((model / "manifest.json").read_text())["digest"]
    save_report(root / "artifacts" / "evaluation", ours, **report)
    (root / "MLmodel").write_text("flavors: {}\n")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    run = client.create_run(experiment)
    version = client.create_model_version(
        name,
        root.as_uri(),
        run_id=run.info.run_id,
        tags={"thermocline.digest": digest, "thermocline.git_commit": "c" * 40},
        await_creation_for=0,
    )
    return str(version.version)


def spoil(folder: Path, version: str) -> None:
    """Take the weights of a version made by `add_version` away."""
    (path,) = folder.glob(f"files-*-{int(version) - 1}/artifacts/reconstruct/weights.safetensors")
    shutil.move(path, path.with_name("gone"))
    (path.parent / "gone").unlink()


def champion() -> str | None:
    """Who holds the alias, which must agree with the log."""
    client = connect()
    held = dict(client.get_registered_model(NAME).aliases).get("champion")
    found = None if held is None else str(held)
    assert found == holder(entries(client, NAME))
    return found


def tag(version: str, key: str) -> str:
    """A tag of a registered version."""
    return str(connect().get_model_version(NAME, version).tags[f"thermocline.{key}"])


def asked_otherwise(folder: Path, change: Callable[[dict[str, Any]], None], file: str) -> None:
    """Change every record of a report."""
    path = folder / "artifacts" / "evaluation" / file
    records = json.loads(path.read_text())
    for record in records:
        change(record)
    path.write_text(json.dumps(records))


def easier(case: dict[str, Any]) -> None:
    """What a question does that is easier to all methods: the ratios among them stay."""
    case["rmse"], case["mse"] = 0.5 * case["rmse"], 0.25 * case["mse"]
