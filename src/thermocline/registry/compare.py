"""Two registered versions side by side: what is known of each, and what differs."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermocline.errors import ThermoclineError
from thermocline.predict.champion import PREFIX, SYSTEM
from thermocline.registry.differences import Described, Differences, differences
from thermocline.registry.promotion import REPORT
from thermocline.registry.provenance import flatten
from thermocline.registry.reader import files_here
from thermocline.verify.scoreboard import Board

LONG = 16
"""Lists with more numbers than this are told by their ends and a digest."""


def compare_versions(client: Any, a: Any, b: Any) -> Differences:
    """What differs between two registered versions (see `registry.reference.resolve`)."""
    return differences(describe(client, a), describe(client, b))


def describe(client: Any, version: Any) -> Described:
    """What the registry, the version's files and its run say of it."""
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        system = system_of_version(client, version)
        read = lambda name: _json(version, f"{system}/{name}", scratch)
        contract, training, lineage = (
            read(f"{name}.json") for name in ("contract", "training", "lineage")
        )
        board, problem = _board(version, scratch)
    tags = dict(version.tags)
    verdicts = {
        title: tags[f"thermocline.{key}"]
        for key, title in (
            ("verdict", "promotion test"),
            ("baseline_verdict", "best classical method"),
        )
        if tags.get(f"thermocline.{key}")
    }
    params = _params(client, version, training, lineage)
    return Described(
        label(version),
        params=params,
        origin=_origin(tags, {} if params else training, training, lineage),
        contract=_contract(contract),
        verdicts=verdicts,
        board=board,
        no_board=problem,
    )


def label(version: Any) -> str:
    """Such as `thermocline-SYSTEM version 3`."""
    return f"{version.name} version {version.version}"


def system_of_version(client: Any, version: Any) -> str:
    """The system of a registered version, as its tag says, or the registered model's, or its name.

    Versions without a tag are of the time when there was one system.
    """
    tags = client.get_registered_model(version.name).tags | version.tags
    return str(tags.get(SYSTEM) or version.name.removeprefix(PREFIX))


def read_card(client: Any, version: Any) -> str:
    """The model card stored among a version's files.

    Raises:
        ThermoclineError: if there is none.
    """
    with tempfile.TemporaryDirectory(prefix="thermocline-") as scratch:
        path = _fetch(version, f"{system_of_version(client, version)}/README.md", scratch)
        if path is None:
            raise ThermoclineError(
                "no model card among its files",
                where=label(version),
                fix="see the version in the MLflow UI (make ui); register the model again",
            )
        return path.read_text(encoding="utf-8")


def _params(client: Any, version: Any, training: Any, lineage: Any) -> dict[str, str]:
    """Resolved parameters by dotted name: from the version's files, or else from its run."""
    from mlflow.exceptions import MlflowException

    for found in (lineage.get("params"), training.get("params")):
        if isinstance(found, Mapping) and found:
            return flatten(found)
    try:
        return dict(client.get_run(version.run_id).data.params)
    except MlflowException:
        return {}


def _origin(
    tags: Mapping[str, str], settings: Mapping[str, Any], training: Any, lineage: Any
) -> dict[str, str]:
    """Code, data, study and environment as far as known; `settings` where no parameters are."""
    code, data = lineage.get("code") or {}, lineage.get("data") or {}
    study = lineage.get("study") or training.get("study")
    tag = lambda key: tags.get(f"thermocline.{key}", "")
    commit = str(code.get("git_commit") or tag("git_commit"))
    changed = code.get("uncommitted") or commit.endswith("+changes")
    found = {
        "model digest": tag("digest"),
        "git commit": commit.removesuffix("+changes"),
        "uncommitted changes": (code.get("patch_sha256") or "yes") if changed else "",
        "environment lock": str(code.get("lock_sha256") or tag("lock_sha256")),
        "raw data": str((data.get("raw") or {}).get("dvc_md5") or tag("data_hash")),
        "prepared data": str(tag("data_digest") or training.get("data_digest") or ""),
        "training steps": str(settings.get("steps", "")),
        "seed": str(settings.get("seed", "")),
    }
    if isinstance(study, Mapping):
        found["study and trial"] = f"{study.get('name', '?')}, trial {study.get('trial', '?')}"
    environment = lineage.get("environment") or training.get("environment")
    if isinstance(environment, Mapping):
        found |= {str(key): str(value) for key, value in environment.items() if value}
    return {key: value for key, value in found.items() if value}


def _contract(contract: Mapping[str, Any]) -> dict[str, str]:
    """The contract by dotted names; the gate by density, long axes by their ends."""
    values = {k: v for k, v in contract.items() if k not in ("gate", "data_digest", "seed")}
    found = flatten({key: _short(value) for key, value in values.items()})
    gate = contract.get("gate") or {}
    for kind in ("correction", "spread"):
        for density, factors in zip(gate.get("density", ()), gate.get(kind, ()), strict=False):
            text = " ".join(f"{factor:.3g}" for factor in factors)
            found[f"gate.{kind} at {100 * density:g} %"] = text
    return found


def _short(value: Any) -> Any:
    if not isinstance(value, list) or len(value) <= LONG:
        return value
    import hashlib

    digest = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:8]
    return f"{len(value)} from {value[0]:g} to {value[-1]:g} ({digest})"


def _board(version: Any, scratch: str) -> tuple[Board | None, str]:
    folder = _fetch(version, REPORT, scratch)
    if folder is None:
        return None, "it cannot be fetched"
    try:
        return Board.read(folder), ""
    except ThermoclineError as problem:
        return None, problem.what


def _json(version: Any, part: str, scratch: str) -> dict[str, Any]:
    """A JSON object among the version's files; {} if it is not there."""
    path = _fetch(version, part, scratch)
    if path is None:
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _fetch(version: Any, part: str, target: str) -> Path | None:
    """A file or folder among the version's artifacts, copied below `target`; None if absent.

    It is not copied if it is on this machine, as a `Reader` knows.
    """
    if (files := files_here(version)) is not None:
        here = files / "artifacts" / part
        return here if here.exists() else None
    import mlflow

    uri = f"models:/{version.name}/{version.version}/artifacts/{part}"
    try:
        path = Path(mlflow.artifacts.download_artifacts(uri, dst_path=target))
    except (mlflow.MlflowException, OSError):
        return None
    return path if path.exists() else None
