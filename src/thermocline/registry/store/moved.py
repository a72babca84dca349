"""A project's folder that was moved, renamed or copied: the store is told where its files are now.

MLflow notes where files lie by their whole paths, and has no command that changes them.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.predict.places import ARTIFACTS, below, folder_of
from thermocline.predict.tracking import sqlite_file

VERSIONS = "model_versions"
COLUMNS = {
    VERSIONS: "storage_location",
    "logged_models": "artifact_location",
    "runs": "artifact_uri",
    "experiments": "artifact_location",
}
KEPT = f"{VERSIONS} WHERE current_stage <> 'Deleted_Internal'"
FOLDERS = (ARTIFACTS, "mlruns")
"""Folders of files: ours, and that of the experiment which MLflow makes for itself."""


class Noted(NamedTuple):
    """An address in the store: of which former folder of the project, and where within it."""

    address: str
    table: str
    former: Path
    end: Path


def note_where_files_are(uri: str) -> dict[Path, int]:
    """Change the addresses of files that lie beside the store by now; all of them, or none.

    Args:
        uri: of the store, a sqlite file.

    Returns:
        Former folders of the project, and how many addresses each had. Those of files that do not
        lie here, as they are kept elsewhere on purpose, stay.

    Raises:
        BadConfig: if the store is no file.
        BadFile: if it is not there.
        BadData: if the files of some versions lie here, and those of others do not.
    """
    path = sqlite_file(uri)
    if path is None:
        raise BadConfig(
            "the registry is no file on this machine",
            where="MLFLOW_TRACKING_URI",
            fix="whoever keeps its server says there where files are",
        )
    if not path.is_file():
        raise BadFile("no registry here", where=str(path), fix="go to the project's folder")
    here = path.resolve().parent
    changed: dict[Path, int] = {}
    with closing(sqlite3.connect(path, timeout=30)) as store, store:
        _require_tables(store, path)
        store.execute("BEGIN IMMEDIATE")
        for former, noted in _by_project(store).items():
            if former.resolve() == here or not _lies_here(store, noted, here):
                continue
            for each in noted:
                place = here / each.end
                new = place.as_uri() if each.address.startswith("file:") else str(place)
                column = COLUMNS[each.table]
                query = f"UPDATE {each.table} SET {column} = ? WHERE {column} = ?"
                changed[former] = (
                    changed.get(former, 0) + store.execute(query, (new, each.address)).rowcount
                )
    return changed


def _require_tables(store: sqlite3.Connection, path: Path) -> None:
    """Raises BadFile for a store of another MLflow, which has not these columns."""
    try:
        for table, column in COLUMNS.items():
            store.execute(f"SELECT {column} FROM {table} LIMIT 1")
    except sqlite3.DatabaseError as problem:
        raise BadFile(
            f"is no registry that this MLflow wrote ({problem})",
            where=str(path),
            fix="use the MLflow of requirements.lock",
        ) from None


def _by_project(store: sqlite3.Connection) -> dict[Path, list[Noted]]:
    """All addresses of files on this machine, each once, by the folder of the project."""
    found: dict[Path, list[Noted]] = {}
    for table, column in COLUMNS.items():
        for (address,) in store.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall():
            folder = folder_of(address or "") or Path(address or "")
            end = next((end for name in FOLDERS if (end := below(folder, name))), None)
            if folder.is_absolute() and end is not None:
                former = Path(*folder.parts[: -len(end.parts)])
                found.setdefault(former, []).append(Noted(address, table, former, end))
    return found


def _lies_here(store: sqlite3.Connection, noted: list[Noted], here: Path) -> bool:
    """Whether the files of these addresses lie here: of every version; without any, of one."""
    kept = {address for (address,) in store.execute(f"SELECT {COLUMNS[VERSIONS]} FROM {KEPT}")}
    versions = [each for each in noted if each.table == VERSIONS and each.address in kept]
    there = [each for each in versions or noted if (here / each.end).is_dir()]
    if versions and there and len(there) < len(versions):
        lacking = next(each for each in versions if each not in there)
        raise BadData(
            f"the files of {len(there)} of {len(versions)} versions lie here, but no {lacking.end}",
            where=str(here),
            fix=f"bring the whole of {noted[0].former / ARTIFACTS} here, then give this again",
        )
    return bool(there)
