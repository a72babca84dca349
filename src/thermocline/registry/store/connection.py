"""The tracking store: connected to, and made with all of its tables or not at all.

MLflow makes the tables of a sqlite store one after another, and cannot go on with a database that
has only some of them: a process that is killed then would leave a store that nothing can open. So
they are made under another name.
"""

import logging
from typing import Any

from thermocline.errors import BadFile
from thermocline.files import atomic_path
from thermocline.predict.tracking import has_registry, sqlite_file, tracking_client, tracking_uri
from thermocline.registry.store.calls import make_once
from thermocline.registry.store.shown import experiment_tags

SQLITE = "sqlite:///"


def connect(system: str = "") -> Any:
    """Point MLflow at the tracking store and, for a system, at its experiment; returns a client."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It prints an error's statement and traceback, and then raises it.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    uri = tracking_uri()
    ensure_store(uri)
    client = tracking_client()
    if system:
        import mlflow

        experiment = client.get_experiment_by_name(system)
        if experiment is None:
            make_once(
                client.create_experiment,
                system,
                artifact_location=artifacts_beside(uri),
                tags=experiment_tags(system),
            )
        elif experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        mlflow.set_experiment(system)
    return client


def connect_existing() -> Any:
    """The same for who only looks something up: raises BadFile if there is none, and makes none."""
    if not has_registry():
        raise BadFile(
            "no registry yet", where="MLflow", fix="`dvc repro` trains and registers a model"
        )
    return connect()


def artifacts_beside(uri: str) -> str | None:
    """Where files of a sqlite store go: beside the database, whatever the working folder is."""
    path = sqlite_file(uri)
    return (path.resolve().parent / "mlartifacts").as_uri() if path else None


def ensure_store(uri: str) -> None:
    """Make the sqlite database that `uri` names, if it is one and not there yet.

    Processes that make it at once end with the first one's, and none of them harms it.
    """
    path = sqlite_file(uri)
    if path is None or (path.is_file() and path.stat().st_size):
        return
    path.unlink(missing_ok=True)  # an empty file, as a killed process may have left
    with atomic_path(path, replace=False) as temporary:
        make_tables(f"{SQLITE}{temporary.resolve()}")


def make_tables(uri: str) -> None:
    """Let MLflow make the tables of a store."""
    import mlflow

    client = mlflow.MlflowClient(uri, uri)
    client.search_experiments(max_results=1)
    client.search_registered_models(max_results=1)
