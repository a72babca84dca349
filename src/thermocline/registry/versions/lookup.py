"""Registered versions: found by a reference or a digest; their system, aliases and files."""

from pathlib import Path
from typing import Any

from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.files import say_if_full
from thermocline.predict.identity import PREFIX, SYSTEM, registered_name
from thermocline.predict.places import absent, folder_of
from thermocline.predict.reference import parse_reference
from thermocline.predict.registered import ABSENT
from thermocline.predict.tracking import default_name as only_model
from thermocline.registry.runs.run_by_key import may_live
from thermocline.registry.store.calls import if_there
from thermocline.registry.store.reader import address_of, files_here
from thermocline.registry.store.tags import DIGEST
from thermocline.systems import names

LOGGED = "models:/"
"""What the source of a version of a logged model begins with."""


def resolve(client: Any, text: str, default_name: str | None = None) -> Any:
    """The `ModelVersion` a reference means (see `parse_reference` for what is understood).

    Args:
        client: what `connect` returns, or a `Reader`.
        default_name: the registered model that a bare alias or number is of; if None, that
            of the only registered model, if there is one alone.

    Raises:
        BadFile: if it is no reference, or the registry has no such version.
        BadConfig: if the reference names another registered model than `default_name`.
    """
    name, which = parse_reference(text, default_name or only_model(client))
    if default_name and name != default_name:
        raise BadConfig(
            f"{text} is no version of {default_name}",
            where="--system",
            fix="leave --system out: a name says which model is meant",
        )
    by_alias = client.get_model_version_by_alias
    try:
        return (client.get_model_version if which.isdigit() else by_alias)(name, which)
    except Exception as problem:
        code = getattr(problem, "error_code", None)
        if code is None:  # not MLflow's, nor the reader's
            raise
        if code not in ABSENT:
            raise BadFile(
                f"the registry gave no answer: {problem}",
                where="MLflow registry",
                fix="check MLFLOW_TRACKING_URI, the server and the credentials",
            ) from problem
        raise BadFile(
            f"no {which!r} of {name!r}",
            where="MLflow registry",
            fix="see `thermocline models list`",
        ) from None


def find_version(client: Any, name: str, digest: str) -> Any:
    """The first version of a registered model with this content; None if there is none."""
    query = f"name = '{name}' AND tag.`{DIGEST}` = '{digest}'"
    return min(client.search_model_versions(query), key=lambda v: int(v.version), default=None)


def first_of(client: Any, created: Any, digest: str) -> Any:
    """The version with this content that stays: the first, where processes made several at once.

    A later one, which is the caller's own, is deleted, and its logged model, if it has its own.
    """
    first = find_version(client, created.name, digest) or created
    if str(first.version) != str(created.version):
        client.delete_model_version(created.name, str(created.version))
        if created.source != first.source:
            client.delete_logged_model(logged_id(created))
    return first


def whole_logged_model(client: Any, run_id: str, digest: str) -> str:
    """Id of the run's logged model with this content; "" if there is none.

    One that was begun, and killed before it was whole, is deleted; what another process may be
    writing at this moment, such as a colleague's, is left alone.
    """
    experiment = client.get_run(run_id).info.experiment_id
    query = f"tags.`{DIGEST}` = '{digest}'"
    for model in client.search_logged_models([experiment], filter_string=query):
        if model.source_run_id != run_id:
            continue
        if str(model.status) == "READY":
            return str(model.model_id)
        if not may_live(model.tags):
            client.delete_logged_model(model.model_id)
    return ""


def logged_id(version: Any) -> str:
    """Id of the logged model that a version is of.

    Raises:
        BadData: if it is of none: nothing can be added to its files.
    """
    address = str(version.source or "")
    if not address.startswith(LOGGED) or "/" in address.removeprefix(LOGGED):
        raise BadData("it is of no logged model", where=label(version), fix="register a model anew")
    return address.removeprefix(LOGGED)


def label(version: Any) -> str:
    """Such as `thermocline-SYSTEM version 3`."""
    return f"{version.name} version {version.version}"


def system_of_version(client: Any, version: Any) -> str:
    """The system of a registered version, as its tag says, or the registered model's, or its name.

    Versions without a tag are of the time when there was one system.
    """
    tags = client.get_registered_model(version.name).tags | version.tags
    return str(tags.get(SYSTEM) or version.name.removeprefix(PREFIX))


def refuse_another_system(name: str, system: str) -> None:
    """MLflow can copy a version to another model's name; raises BadData for such a one."""
    meant = name.removeprefix(PREFIX)
    if name.startswith(PREFIX) and meant in names() and meant != system:
        raise BadData(
            f"a model of the system {system!r}, under the name of another",
            where=name,
            fix=f"register it as {registered_name(system)}",
        )


def aliases_of(client: Any, version: Any) -> list[str]:
    """The aliases that a version holds, in order."""
    held = client.get_registered_model(version.name).aliases
    return sorted(alias for alias, n in held.items() if str(n) == str(version.version))


def fetch_part(version: Any, part: str, scratch: str | Path) -> Path | None:
    """A file or folder among a version's artifacts, copied below `scratch`; None if absent.

    It is not copied if it is on this machine, as a `Reader` knows.

    Raises:
        BadFile: if the disk is full.
    """
    if (files := files_here(version)) is not None:
        here = files / "artifacts" / part
        return here if here.exists() else None
    if folder_of(address_of(version) or "") is not None:
        return None  # on this machine, and not there: MLflow would draw a bar and find nothing
    import mlflow

    uri = f"models:/{version.name}/{version.version}/artifacts/{part}"
    try:
        path = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(scratch)))
    except (mlflow.MlflowException, OSError) as problem:
        say_if_full(Path(scratch), problem)
        return None
    return path if path.exists() else None


def unfetched(version: Any, what: str, fix: str) -> BadData:
    """The error for a version without some of its files: that all are elsewhere, if that is why."""
    address = address_of(version)
    if address is None:
        import mlflow

        ask = mlflow.MlflowClient().get_model_version_download_uri
        address = if_there(ask, version.name, str(version.version), any_refusal=True) or ""
    folder = folder_of(address)
    if folder is not None and not folder.is_dir():
        what, fix = absent(folder)
    return BadData(what, where=label(version), fix=fix)
