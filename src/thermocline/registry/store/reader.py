"""MLflow's registry in a sqlite file, read without MLflow, which takes seconds to import.

`Reader` answers the few questions that commands ask which only read, in the words and with the
attributes of `MlflowClient`; its versions have two more, `address`: where their files are kept, and
`files`: that folder, if it is on this machine. It knows the tables of one revision of MLflow's
schema: `open_reader` gives None for a store of another revision, or on a server, and then MLflow
itself is asked.
"""

import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from thermocline.predict.places import folder_of

SCHEMA = "dc11669786a5"
"""The revision of MLflow's tables that this file was written for (table alembic_version)."""
SQLITE = "sqlite:///"
HERE = "workspace = 'default'"


class Absent(LookupError):
    """There is no such model, version or run; named as MLflow names it."""

    error_code = "RESOURCE_DOES_NOT_EXIST"


def files_here(version: Any) -> Path | None:
    """The folder of a version's files, if a `Reader` found it on this machine."""
    return getattr(version, "files", None)


def address_of(version: Any) -> str | None:
    """Where a version's files are kept, if a `Reader` found it; None if another did."""
    return getattr(version, "address", None)


def open_reader(uri: str) -> "Reader | None":
    """A reader of the store at `uri`; None if it is no sqlite file, or of another schema."""
    if not uri.startswith(SQLITE) or "?" in uri:
        return None
    path = Path(uri.removeprefix(SQLITE)).resolve()
    try:
        database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)
        found = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return Reader(database) if found == [(SCHEMA,)] else None


class Reader:
    """Registered models, their versions, and runs; raises `Absent` for what is not there."""

    def __init__(self, database: sqlite3.Connection):
        database.row_factory = sqlite3.Row
        self.database = database

    def search_registered_models(self, filter_string: str = "name LIKE '%'") -> list[Any]:
        """Models by name, for a filter of the form `name LIKE '…'`."""
        rows = self._rows(
            f"SELECT name FROM registered_models WHERE {HERE} AND name LIKE ? ORDER BY name",
            _quoted(filter_string, "name LIKE"),
        )
        return [self.get_registered_model(row["name"]) for row in rows]

    def get_registered_model(self, name: str) -> Any:
        """A model: name, aliases, tags, description."""
        row = self._one(f"SELECT * FROM registered_models WHERE {HERE} AND name = ?", name)
        aliases = f"SELECT alias, version FROM registered_model_aliases WHERE {HERE} AND name = ?"
        tags = f"SELECT key, value FROM registered_model_tags WHERE {HERE} AND name = ?"
        return SimpleNamespace(
            name=name,
            description=row["description"],
            aliases={alias: str(number) for alias, number in self._rows(aliases, name)},
            tags=dict(map(tuple, self._rows(tags, name))),
        )

    def search_model_versions(self, filter_string: str, max_results: int = 0) -> list[Any]:
        """All versions of a model, for a filter of the form `name = '…'`.

        Those of all models with a tag, for one of the form "tag.`key` = 'value'".
        """
        if found := re.fullmatch(r"tag\.`([^`]+)` = '([^']*)'", filter_string):
            models = self.search_registered_models()
            every = [v for m in models for v in self.search_model_versions(f"name = '{m.name}'")]
            return [v for v in every if v.tags.get(found[1]) == found[2]]
        name = _quoted(filter_string, "name =")
        tags: dict[int, dict[str, str]] = {}
        query = f"SELECT version, key, value FROM model_version_tags WHERE {HERE} AND name = ?"
        for row in self._rows(query, name):
            tags.setdefault(row["version"], {})[row["key"]] = row["value"]
        query = (
            f"SELECT * FROM model_versions WHERE {HERE} AND name = ?"
            " AND current_stage <> 'Deleted_Internal' ORDER BY version"
        )
        return [_version(row, tags.get(row["version"], {})) for row in self._rows(query, name)]

    def get_model_version(self, name: str, version: str) -> Any:
        """A version by its number."""
        for found in self.search_model_versions(f"name = '{name}'"):
            if found.version == str(int(version)):
                return found
        raise Absent(f"{name} version {version}")

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """A version by an alias that it holds; `latest` is the newest, as with MLflow."""
        if alias.lower() == "latest":
            found = self.search_model_versions(f"name = '{name}'")
            if not found:
                raise Absent(name)
            return found[-1]
        number = self.get_registered_model(name).aliases.get(alias)
        if number is None:
            raise Absent(f"{name}@{alias}")
        return self.get_model_version(name, number)

    def get_run(self, run_id: str) -> Any:
        """A run's info, tags and parameters."""
        row = self._one("SELECT * FROM runs WHERE run_uuid = ?", run_id)
        pairs = "SELECT key, value FROM {} WHERE run_uuid = ?"
        tags, params = (
            dict(map(tuple, self._rows(pairs.format(table), run_id)))
            for table in ("tags", "params")
        )
        names = ("status", "lifecycle_stage", "start_time", "end_time")
        experiment = str(row["experiment_id"])
        facts = {name: row[name] for name in names}
        info = SimpleNamespace(run_id=run_id, experiment_id=experiment, **facts)
        return SimpleNamespace(info=info, data=SimpleNamespace(tags=tags, params=params))

    def get_experiment_by_name(self, name: str) -> Any:
        """An experiment's id; None if there is none."""
        query = f"SELECT experiment_id FROM experiments WHERE {HERE} AND name = ?"
        rows = self._rows(query, name)
        return SimpleNamespace(experiment_id=str(rows[0]["experiment_id"])) if rows else None

    def search_runs(self, experiments: list[str], filter_string: str) -> list[Any]:
        """Runs that are not deleted, for a filter such as "tags.`key` = 'value' AND …"."""
        wanted = re.findall(r"tags\.`([^`]+)` = (['\"])(.*?)\2(?: AND |$)", filter_string)
        query = "SELECT run_uuid FROM runs WHERE experiment_id = ? AND lifecycle_stage = 'active'"
        values = [int(experiments[0])]
        for key, _, value in wanted:
            query += " AND run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"
            values += [key, value]
        rows = self._rows(f"{query} ORDER BY start_time DESC", *values)
        return [self.get_run(row["run_uuid"]) for row in rows]

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        return self.database.execute(query, values).fetchall()

    def _one(self, query: str, value: str) -> sqlite3.Row:
        rows = self._rows(query, value)
        if not rows:
            raise Absent(value)
        return rows[0]


def _version(row: sqlite3.Row, tags: dict[str, str]) -> Any:
    address = row["storage_location"] or row["source"] or ""
    folder = folder_of(address)
    return SimpleNamespace(
        name=row["name"],
        version=str(row["version"]),
        creation_timestamp=row["creation_time"],
        description=row["description"],
        run_id=row["run_id"],
        source=row["source"],
        address=address,
        files=folder if folder and folder.is_dir() else None,
        tags=tags,
    )


def _quoted(text: str, before: str) -> str:
    found = re.fullmatch(rf"{before} '([^']*)'", text)
    if found is None:
        raise ValueError(f"no filter that is understood here: {text!r}")
    return found[1]
