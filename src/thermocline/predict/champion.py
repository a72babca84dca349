"""Finding the model to predict with: a folder, a registered version, or the champion."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.predict.manifest import (
    IDENTITY,
    MANIFEST,
    check_manifest,
    model_digest,
    refuse_pickles,
)
from thermocline.predict.reference import SCHEME, parse_reference
from thermocline.systems import get, names, system_of

DEFAULT_TRACKING = "sqlite:///mlflow.db"
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow says where there is no such model, or no such alias or version of it."""
SYSTEM = "thermocline.system"
"""Tag of registered models and versions: their system."""


class NotFetched(BadFile):
    """The files of a registered version cannot be had from where they are kept."""


PREFIX = "thermocline-"
"""What names of registered models begin with; the system's name follows."""


def registered_name(system: str) -> str:
    """What a system's registered model is called; raises BadConfig if there is no such system."""
    return f"{PREFIX}{get(system).name}"


@dataclass(frozen=True)
class Identity:
    """Who answers: carried by every answer.

    Attributes:
        name, version: registered model and version; version is "unregistered" for a bare folder.
        digest: SHA-256 of the model's content.
        data_digest: digest of the data it was trained on.
        verdict: the promotion test's verdict, in words.
        baseline_verdict: the verdict against the best classical method, in words.
        alias: by which it was found when it was loaded; "" if by another way.
    """

    name: str = ""
    version: str = "unregistered"
    digest: str = ""
    data_digest: str = ""
    verdict: str = "not judged"
    baseline_verdict: str = "not judged"
    git_commit: str = ""
    run_id: str = ""
    alias: str = ""

    def to_dict(self) -> dict[str, str]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ServedModel:
    """A loaded model, of whichever system, who it is, and the folder that it was loaded from."""

    model: Any
    identity: Identity = field(default_factory=Identity)
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not self.identity.name:
            object.__setattr__(
                self, "identity", replace(self.identity, name=registered_name(self.system))
            )

    @property
    def system(self) -> str:
        """The model's system, as its contract says."""
        return str(self.model.contract.system)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or a SQLite file in the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_TRACKING


def has_registry() -> bool:
    """Whether there is a tracking store to ask; asking a SQLite file into being takes seconds."""
    path = sqlite_file(tracking_uri())
    return path is None or path.is_file()


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite store, without what follows `?`; None for another kind of store."""
    sqlite = "sqlite:///"
    return Path(uri.removeprefix(sqlite).partition("?")[0]) if uri.startswith(sqlite) else None


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
    return ServedModel(get(system_of(directory)).load(directory), identity, directory)


def _stored_identity(directory: Path, digest: str) -> Identity:
    if (directory / IDENTITY).is_file():
        return Identity(**json.loads((directory / IDENTITY).read_text(encoding="utf-8")))
    training = directory / "training.json"
    data = json.loads(training.read_text(encoding="utf-8")) if training.is_file() else {}
    name = registered_name(system_of(directory))
    return Identity(name=name, digest=digest, data_digest=str(data.get("data_digest", "")))


def load_registered(name: str, alias_or_version: str = "champion") -> ServedModel:
    """Load a registered version by alias or number from the MLflow registry.

    Raises:
        BadFile: if there is no such version, or its artifacts fail their manifest.
    """
    version, folder = fetch_registered(name, alias_or_version)
    alias = "" if alias_or_version.isdigit() else alias_or_version
    return load_directory(folder, replace(identity_from_tags(version), alias=alias))


def fetch_registered(name: str, alias_or_version: str) -> tuple[Any, Path]:
    """The registry's record of a version and a local copy of its model folder.

    Raises:
        BadFile: if there is no such version, or if a pickle lies anywhere among its files: beside
            the model folder, too, where MLflow keeps MLmodel, environment and code.
        NotFetched: if its files cannot be had, perhaps for a moment only.
    """
    missing = BadFile(
        f"no {alias_or_version!r} of {name!r} in the registry",
        where="MLflow registry",
        fix="run `dvc repro` to train, register and promote a model (if this registry is new, "
        f"`dvc repro -f -s register@{name.removeprefix(PREFIX)}`), or name a folder",
    )
    version = find_version(name, alias_or_version)
    if version is None:
        raise missing
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    address = f"models:/{name}/{version.version}"
    try:
        folder = Path(mlflow.artifacts.download_artifacts(address))
    except Exception as problem:  # of MLflow, the store's client, or the network
        raise NotFetched(
            f"its files cannot be fetched: {str(problem)[:200]}",
            where=address,
            fix="check where the registry keeps files, and that they are there",
        ) from problem
    refuse_pickles(folder)
    return version, model_folder(folder)


def find_version(name: str, alias_or_version: str) -> Any | None:
    """The registry's record of a version, by alias or number; None if there is none.

    Raises:
        BadFile: if the registry gives no answer, so that it cannot be told.
    """
    if not has_registry():
        return None
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        client = mlflow.MlflowClient(tracking_uri(), tracking_uri())
        if alias_or_version.isdigit():
            return client.get_model_version(name, alias_or_version)
        return client.get_model_version_by_alias(name, alias_or_version)
    except MlflowException as problem:
        if problem.error_code in ABSENT:
            return None
        raise BadFile(
            f"the registry gave no answer: {str(problem)[:200]}",
            where="MLflow registry",
            fix="check MLFLOW_TRACKING_URI, the server and the credentials",
        ) from problem


def model_folder(version: Path) -> Path:
    """The model's folder among the files of a registered version; it is named after its system.

    Raises:
        BadFile: if there is none.
    """
    for system in names():
        if (version / "artifacts" / system / "contract.json").is_file():
            return version / "artifacts" / system
    raise BadFile(
        "no model among the files of this version",
        where=version.name,
        fix="register the model again",
    )


def load_champion(system: str) -> ServedModel:
    """The model behind `models:/thermocline-<system>@champion`."""
    return load_registered(registered_name(system), "champion")


def load_model(where: str | Path | None = None, system: str | None = None) -> ServedModel:
    """Load from a folder, `models:/name@alias`, `models:/name/7`, or — for None — the champion.

    Args:
        system: whose champion is meant where `where` does not say; if None, that of the only
            system that has a registered model. The contract of what is loaded says which it is.

    Raises:
        BadFile: if there is no such model, or it cannot be told which is meant.
    """
    if where is None:
        return load_champion(the_system(system))
    text = str(where)
    if text.startswith(SCHEME):
        return load_registered(*parse_reference(text))
    if not Path(where).is_dir():
        raise BadFile(
            "no such model folder",
            where=text,
            fix="name a folder written by training, or a registered model, such as "
            f"models:/{registered_name(system) if system else 'NAME'}@champion",
        )
    return load_directory(where)


def the_system(named: str | None, client: Any = None) -> str:
    """`named`; if None, the only system there is, or the only one with a registered model.

    Args:
        client: MLflow's, or one that lists registered models as it does; made if None.

    Raises:
        BadConfig: if there is no system of that name.
        BadFile: if several could be meant, or none has a registered model.
    """
    if named is not None:
        return get(named).name
    possible = names() if len(names()) == 1 else _registered_systems(client)
    if len(possible) != 1:
        raise BadFile(
            "the system is not said, and "
            + ("several have" if possible else "none has")
            + " a registered model",
            where="system",
            fix=f"name one of {', '.join(possible or names())}",
        )
    return possible[0]


def default_name(client: Any = None) -> str | None:
    """The only registered model; None if there are several, so that one must be named."""
    try:
        return registered_name(the_system(None, client))
    except BadFile:
        return None


def _registered_systems(client: Any) -> tuple[str, ...]:
    if client is None:
        if not has_registry():
            return ()
        import mlflow

        client = mlflow.MlflowClient(tracking_uri(), tracking_uri())
    found = {model.name for model in client.search_registered_models("name LIKE 'thermocline-%'")}
    return tuple(system for system in names() if registered_name(system) in found)
