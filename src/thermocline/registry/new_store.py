"""A new sqlite tracking store: with all of its tables, or not there at all.

MLflow makes the tables one after another, and cannot go on with a database that has only some of
them: a process that is killed then would leave a store that nothing can open. So they are made
under another name.
"""

from pathlib import Path

from thermocline.files import atomic_path

SQLITE = "sqlite:///"


def ensure_store(uri: str) -> None:
    """Make the sqlite database that `uri` names, if it is one and not there yet.

    Processes that make it at once end with the first one's, and none of them harms it.
    """
    if not uri.startswith(SQLITE):
        return
    path = Path(uri.removeprefix(SQLITE).partition("?")[0])
    if path.is_file() and path.stat().st_size:
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
