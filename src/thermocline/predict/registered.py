"""Versions in the registry: their records, and local copies of their files."""

import tempfile
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.files import say_if_full
from thermocline.predict.identity import PREFIX
from thermocline.predict.manifest import refuse_pickles
from thermocline.predict.places import absent, folder_of
from thermocline.predict.tracking import has_registry, tracking_client
from thermocline.systems import names

ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow says where there is no such model, or no such alias or version of it."""


class NotFetched(BadFile):
    """The files of a registered version cannot be had from where they are kept."""


def fetch_registered(name: str, alias_or_version: str, to: Path | None = None) -> tuple[Any, Path]:
    """The registry's record of a version and a local copy of its model folder.

    Args:
        to: a folder for the copy, the caller's to remove; else where MLflow puts it.

    Raises:
        BadFile: if there is no such version, or if a pickle lies anywhere among its files: beside
            the model folder, too, where MLflow keeps MLmodel, environment and code.
        NotFetched: if its files cannot be had, perhaps for a moment only.
    """
    missing = BadFile(
        f"no {alias_or_version!r} of {name!r} in the registry",
        where="MLflow registry",
        fix="run `dvc repro` to train, register and promote a model (if this registry is new, "
        f"`dvc repro -f -s register@{name.removeprefix(PREFIX)}`), name a folder, or set "
        "MLFLOW_TRACKING_URI: without it the registry is mlflow.db in the working folder",
    )
    version = find_version(name, alias_or_version)
    if version is None:
        raise missing
    address = f"models:/{name}/{version.version}"
    if gone := _gone(name, str(version.version)):  # MLflow says what is no help, or nothing
        what, fix = absent(gone)
        raise NotFetched(what, where=address, fix=fix)
    tracking_client()
    import mlflow

    try:
        folder = Path(
            mlflow.artifacts.download_artifacts(address, dst_path=None if to is None else str(to))
        )
    except Exception as problem:  # of MLflow, the store's client, or the network
        try:
            say_if_full(to or Path(tempfile.gettempdir()) / "mlflow", problem)
        except BadFile as full:
            raise NotFetched(full.what, where=full.where, fix=full.fix) from problem
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
    client = tracking_client()
    from mlflow.exceptions import MlflowException

    try:
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


def _gone(name: str, number: str) -> Path | None:
    """The folder that the registry names for a version's files, if it is not on this machine."""
    if not has_registry():
        return None
    client = tracking_client()
    from mlflow.exceptions import MlflowException

    try:
        folder = folder_of(client.get_model_version_download_uri(name, number))
    except MlflowException:
        return None
    return folder if folder is not None and not folder.is_dir() else None


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
