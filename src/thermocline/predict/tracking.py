"""The tracking store, and whose models are registered in it."""

import os
from pathlib import Path
from typing import Any

from thermocline.errors import BadFile
from thermocline.predict.identity import registered_name
from thermocline.systems import get, names

DEFAULT_TRACKING = "sqlite:///mlflow.db"
DEFAULTS = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
}
"""MLflow's own settings where the environment says nothing. With seven retries, which it makes
otherwise, it takes four minutes to say that a server is away."""


def tracking_client() -> Any:
    """Point MLflow at the tracking store; returns its client."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    import mlflow

    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow.MlflowClient(uri, uri)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or a SQLite file in the working folder.

    `dvc exp run --temp` and `--queue` work in a copy of the project below `.dvc/tmp/exps`, which
    DVC removes: their file is the project's.
    """
    if given := os.environ.get("MLFLOW_TRACKING_URI"):
        return given
    here = Path.cwd()
    for folder in here.parents:
        if here.is_relative_to(folder / ".dvc/tmp/exps"):
            return f"sqlite:///{folder / 'mlflow.db'}"
    return DEFAULT_TRACKING


def has_registry() -> bool:
    """Whether there is a tracking store to ask; asking a SQLite file into being takes seconds."""
    path = sqlite_file(tracking_uri())
    return path is None or path.is_file()


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite store, without what follows `?`; None for another kind of store."""
    sqlite = "sqlite:///"
    return Path(uri.removeprefix(sqlite).partition("?")[0]) if uri.startswith(sqlite) else None


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
        client = tracking_client()
    found = {model.name for model in client.search_registered_models("name LIKE 'thermocline-%'")}
    return tuple(system for system in names() if registered_name(system) in found)
