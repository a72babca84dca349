"""Finding the model to predict with: a folder, a registered version, or the champion."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.errors import BadFile
from thermocline.predict.manifest import (
    IDENTITY,
    MANIFEST,
    check_manifest,
    model_digest,
    refuse_pickles,
)
from thermocline.predict.reference import SCHEME, parse_reference

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.method import Reconstructor

REGISTERED = "thermocline-reconstruct"
DEFAULT_TRACKING = "sqlite:///mlflow.db"
ARTIFACT = "reconstruct"
"""Name of the model's folder among the artifacts of a registered version."""


@dataclass(frozen=True)
class Identity:
    """Who answers: carried by every answer.

    Attributes:
        name, version: registered model and version; version is "unregistered" for a bare folder.
        digest: SHA-256 of the model's content.
        data_digest: digest of the data it was trained on.
        verdict: the promotion gate's verdict, in words.
        baseline_verdict: the verdict against the best baseline, in words.
    """

    name: str = REGISTERED
    version: str = "unregistered"
    digest: str = ""
    data_digest: str = ""
    verdict: str = "not judged"
    baseline_verdict: str = "not judged"
    git_commit: str = ""
    run_id: str = ""

    def to_dict(self) -> dict[str, str]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ServedModel:
    """A loaded reconstructor and who it is."""

    reconstructor: "Reconstructor"
    identity: Identity = field(default_factory=Identity)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or a SQLite file in the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_TRACKING


def has_registry() -> bool:
    """Whether there is a tracking store to ask; asking a SQLite file into being takes seconds."""
    uri = tracking_uri()
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).is_file()


def identity_from_tags(version: Any) -> Identity:
    """The identity of a registered model version, from the tags its registration left."""
    tags = dict(version.tags)
    known = ("digest", "data_digest", "verdict", "baseline_verdict", "git_commit")
    values = {key: tags.get(f"thermocline.{key}", "") for key in known}
    return Identity(
        name=version.name, version=str(version.version), run_id=version.run_id or "", **values
    )


def load_directory(directory: str | Path, identity: Identity | None = None) -> ServedModel:
    """Load a model folder; its manifest, where it has one, is checked first.

    Raises:
        BadFile: if a file is missing, differs from the manifest, or may be a pickle.
    """
    from thermocline.systems.reconstruct.method import Reconstructor

    directory = Path(directory)
    if (directory / MANIFEST).is_file():
        digest = check_manifest(directory)
    else:
        refuse_pickles(directory)
        digest = model_digest(directory)
    identity = identity or _stored_identity(directory, digest)
    if identity.digest and identity.digest != digest:
        raise BadFile(
            f"the model's digest is {digest[:12]}, but {identity.name} version "
            f"{identity.version} was registered as {identity.digest[:12]}",
            where=directory.name,
            fix="fetch the model again",
        )
    return ServedModel(Reconstructor.load(directory), identity)


def _stored_identity(directory: Path, digest: str) -> Identity:
    if (directory / IDENTITY).is_file():
        return Identity(**json.loads((directory / IDENTITY).read_text(encoding="utf-8")))
    training = directory / "training.json"
    data = json.loads(training.read_text(encoding="utf-8")) if training.is_file() else {}
    return Identity(digest=digest, data_digest=str(data.get("data_digest", "")))


def load_registered(name: str = REGISTERED, alias_or_version: str = "champion") -> ServedModel:
    """Load a registered version by alias or number from the MLflow registry.

    Raises:
        BadFile: if there is no such version, or its artifacts fail their manifest.
    """
    version, folder = fetch_registered(name, alias_or_version)
    return load_directory(folder, identity_from_tags(version))


def fetch_registered(name: str, alias_or_version: str) -> tuple[Any, Path]:
    """The registry's record of a version and a local copy of its model folder.

    Raises:
        BadFile: if there is no such version, or if a pickle lies anywhere among its files: beside
            the model folder, too, where MLflow keeps MLmodel, environment and code.
    """
    missing = BadFile(
        f"no {alias_or_version!r} of {name!r} in the registry",
        where="MLflow registry",
        fix="run `dvc repro` to train, register and promote a model (if this registry is new, "
        "`dvc repro -f -s register@reconstruct`), or name a folder",
    )
    if not has_registry():
        raise missing
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = tracking_uri()
    client = mlflow.MlflowClient(uri, uri)
    try:
        if alias_or_version.isdigit():
            version = client.get_model_version(name, alias_or_version)
        else:
            version = client.get_model_version_by_alias(name, alias_or_version)
    except MlflowException as problem:
        raise missing from problem
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{name}/{version.version}"))
    refuse_pickles(folder)
    return version, folder / "artifacts" / ARTIFACT


def load_champion(name: str = REGISTERED) -> ServedModel:
    """The model behind `models:/<name>@champion`."""
    return load_registered(name, "champion")


def load_model(where: str | Path | None = None) -> ServedModel:
    """Load from a folder, `models:/name@alias`, `models:/name/7`, or — for None — the champion."""
    text = str(where or "")
    if text.startswith(SCHEME):
        return load_registered(*parse_reference(text, REGISTERED))
    if where is None:
        return load_champion()
    if not Path(where).is_dir():
        raise BadFile(
            "no such model folder",
            where=text,
            fix="name a folder written by training, or models:/thermocline-reconstruct@champion",
        )
    return load_directory(where)
