"""Where MLflow keeps files on this machine: noted by whole paths, wrong once a project is moved.

Light: no MLflow.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from thermocline.predict.tracking import sqlite_file, tracking_uri

ARTIFACTS = "mlartifacts"
"""The folder of files beside a sqlite store."""


def folder_of(address: str) -> Path | None:
    """The folder that an address of files on this machine names; None for another kind."""
    parts = urlsplit(address)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def below(folder: Path, name: str = ARTIFACTS) -> Path | None:
    """The end of a path from the last folder of this name on; None if it has none."""
    parts = folder.parts
    if name not in parts:
        return None
    return Path(*parts[len(parts) - 1 - parts[::-1].index(name) :])


def absent(folder: Path) -> tuple[str, str]:
    """What is wrong where the registry names a folder that is not there, and what to do."""
    what = f"its files are not where the registry says: {folder} is no folder here"
    database, end = sqlite_file(tracking_uri()), below(folder)
    if database is not None and end is not None and (database.resolve().parent / end).is_dir():
        return what, (
            "they lie beside the registry, so that this project was moved or renamed: "
            "`thermocline models moved` notes once where they are now"
        )
    return what, (
        "move the folder that they lie in back to where it was, or put a link to it there; of a "
        "project that was moved, bring mlartifacts beside mlflow.db: `thermocline models moved`"
    )
