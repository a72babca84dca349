"""The reader of MLflow's sqlite file says what MLflow says, without importing it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made import NAME, bare_versions

from thermocline.predict.tracking import tracking_uri
from thermocline.registry.runs.tracking import begin_run
from thermocline.registry.store.reader import Absent, Reader, open_reader


@pytest.fixture
def both(store: Path, config) -> tuple[Any, Reader, str]:
    """MLflow's client and the reader of a store with two models, an alias, tags and a run."""
    client = bare_versions(3)
    client.create_registered_model(f"{NAME}.log", tags={"of": NAME})
    client.set_model_version_tag(NAME, "2", "thermocline.verdict", "better than climatology")
    client.set_registered_model_alias(NAME, "champion", "2")
    client.set_registered_model_tag(NAME, "length", "7")
    client.set_model_version_tag(NAME, "2", "thermocline.digest", "abc")
    client.delete_model_version(NAME, "1")
    tags = {"thermocline.study": "it's", "thermocline.trial": "2"}
    run = begin_run("reconstruct", config, "train", tags, key="k", root=store).run_id
    reader = open_reader(tracking_uri())
    assert reader is not None, "MLflow's tables have changed: see what reader.SCHEMA is for"
    return client, reader, run


def test_models_and_versions(both: tuple[Any, Reader, str]) -> None:
    client, reader, _ = both
    for found, same in zip(
        reader.search_registered_models("name LIKE 'thermocline-%'"),
        client.search_registered_models("name LIKE 'thermocline-%'"),
        strict=True,
    ):
        assert (found.name, found.tags) == (same.name, same.tags)
        assert found.aliases == {k: str(v) for k, v in same.aliases.items()}
    query = f"name = '{NAME}'"
    theirs = {str(v.version): v for v in client.search_model_versions(query)}
    ours = {v.version: v for v in reader.search_model_versions(query)}
    assert ours.keys() == theirs.keys() == {"2", "3"}
    for number, found in ours.items():
        for fact in ("name", "source", "creation_timestamp", "tags", "description"):
            assert (getattr(found, fact) or None) == (getattr(theirs[number], fact) or None), fact
    assert reader.get_model_version_by_alias(NAME, "champion").version == "2"
    newest = client.get_model_version_by_alias(NAME, "latest").version
    assert reader.get_model_version_by_alias(NAME, "latest").version == str(newest) == "3"
    (found,) = reader.search_model_versions("tag.`thermocline.digest` = 'abc'")
    assert found.version == "2"


def test_what_is_not_there(both: tuple[Any, Reader, str]) -> None:
    _, reader, _ = both
    for ask in (
        lambda: reader.get_model_version(NAME, "1"),
        lambda: reader.get_model_version_by_alias(NAME, "nobody"),
        lambda: reader.get_registered_model("other"),
        lambda: reader.get_run("0" * 32),
    ):
        with pytest.raises(Absent):
            ask()
    with pytest.raises(ValueError, match="filter"):
        reader.search_model_versions("run_id = 'x'")
    assert reader.get_experiment_by_name("other") is None


def test_runs(both: tuple[Any, Reader, str]) -> None:
    client, reader, run = both
    found, same = reader.get_run(run), client.get_run(run)
    assert (found.data.tags, found.data.params) == (same.data.tags, same.data.params)
    for fact in ("run_id", "experiment_id", "status", "lifecycle_stage", "start_time", "end_time"):
        assert getattr(found.info, fact) == getattr(same.info, fact), fact
    experiment = reader.get_experiment_by_name("reconstruct").experiment_id
    assert experiment == client.get_experiment_by_name("reconstruct").experiment_id
    query = "tags.`thermocline.study` = \"it's\" AND tags.`thermocline.trial` = '{}'"
    for trial, count in ((2, 1), (3, 0)):
        assert len(client.search_runs([experiment], query.format(trial))) == count
        assert len(reader.search_runs([experiment], query.format(trial))) == count


def test_other_stores_are_left_to_mlflow(store: Path) -> None:
    import sqlite3

    assert open_reader("http://localhost:5000") is None
    assert open_reader(f"{tracking_uri()}?timeout=5") is None
    assert open_reader(f"sqlite:///{store}/nothing.db") is None
    assert not (store / "nothing.db").exists()
    with sqlite3.connect(store / "mlflow.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")
    assert open_reader(tracking_uri()) is None


@pytest.mark.parametrize(
    "command", [["models", "list"], ["models", "champion"], ["models", "log"], ["models", "show"]]
)
def test_commands_that_read_are_quick(
    both: tuple[Any, Reader, str], command: list[str], store: Path
) -> None:
    """MLflow takes seconds to import, and pandas and torch with it."""
    client, _, _ = both
    from thermocline.registry.aliases.log import append, apply

    append(client, NAME, "champion", "2", "", "first")
    apply(client, NAME)
    script = (
        "import atexit, sys\n"
        "heavy = {'mlflow', 'pandas', 'sqlalchemy', 'torch', 'xarray'}\n"
        "atexit.register(lambda: print('loaded', *sorted(heavy & set(sys.modules))))\n"
        f"sys.argv[1:] = {command!r}\n"
        "from thermocline.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[-1] == "loaded", done.stderr
    assert any("champion" in line or NAME in line for line in lines)


def test_files_of_a_version(both: tuple[Any, Reader, str], tmp_path: Path) -> None:
    client, reader, _ = both
    version = client.create_model_version(NAME, tmp_path.as_uri(), await_creation_for=0)
    found = reader.get_model_version(NAME, version.version)
    assert found.files == tmp_path
    assert reader.get_model_version(NAME, "2").files is None
