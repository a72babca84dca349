"""A project's folder that was moved, renamed or copied, with its registry and the files of it."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from made import NAME
from scored_report import write_report
from typer.testing import CliRunner

import thermocline.predict as predict
from thermocline.cli import app
from thermocline.errors import BadConfig, BadData, BadFile
from thermocline.registry.registration.register import register
from thermocline.registry.store.moved import COLUMNS, note_where_files_are

pytestmark = pytest.mark.usefixtures("quick")

Renamed = Callable[[], Path]


@pytest.fixture
def renamed(store: Path, models: list[Path], config, monkeypatch: pytest.MonkeyPatch) -> Renamed:
    """A project with a registered model, whose folder then has another name."""
    project = store / "project"
    project.mkdir()
    shutil.move(store / "mlflow.db", project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    register(models[0], write_report(store / "report", 0.7), config)

    def rename(how: Callable[[Path, Path], object] = shutil.move) -> Path:
        other = store / "another name"
        how(project, other)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{other}/mlflow.db")
        return other

    return rename


def addresses(project: Path) -> set[str]:
    database = sqlite3.connect(project / "mlflow.db")
    queries = (f"SELECT {column} FROM {table}" for table, column in COLUMNS.items())
    return {address for query in queries for (address,) in database.execute(query)}


def test_a_model_of_a_folder_that_was_renamed(renamed: Renamed, store: Path) -> None:
    project = renamed()
    with pytest.raises(predict.NotFetched, match=r"is no folder here.*thermocline models moved"):
        predict.load_champion("reconstruct")
    said = CliRunner().invoke(app, ["models", "moved"])
    assert said.exit_code == 0 and f"paths of files in {store / 'project'} are" in said.stdout
    assert predict.load_champion("reconstruct").identity.version == "1"
    files = {each for each in addresses(project) if each.startswith("file:")}
    assert len(files) > 2 and all(each.startswith(project.as_uri()) for each in files)
    assert "nothing to change" in CliRunner().invoke(app, ["models", "moved"]).stdout


def test_a_copy_has_files_of_its_own(renamed: Renamed, store: Path) -> None:
    former = addresses(store / "project")
    copy = renamed(shutil.copytree)
    assert note_where_files_are(f"sqlite:///{copy}/mlflow.db")
    assert all((store / "project").as_uri() not in each for each in addresses(copy))
    assert addresses(store / "project") == former


def test_files_that_are_kept_elsewhere_stay_there(renamed: Renamed, store: Path) -> None:
    project = renamed()
    (store / "project").mkdir()
    shutil.move(project / "mlartifacts", store / "project")
    former = addresses(project)
    assert not note_where_files_are(f"sqlite:///{project}/mlflow.db")
    assert addresses(project) == former
    assert predict.load_champion("reconstruct").identity.version == "1"


def test_a_part_of_the_files_is_not_enough(renamed: Renamed) -> None:
    project = renamed()
    former = addresses(project)
    with sqlite3.connect(project / "mlflow.db") as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(model_versions)")]
        same = ", ".join({"version": "2"}.get(c, f'"{c}"') for c in columns)
        database.execute(f"INSERT INTO model_versions SELECT {same} FROM model_versions")
        database.execute(
            "UPDATE model_versions SET storage_location = replace(storage_location, 'models', 'm')"
            f" WHERE version = 2 AND name = '{NAME}'"
        )
    with pytest.raises(BadData, match=r"of \d of \d versions lie here"):
        note_where_files_are(f"sqlite:///{project}/mlflow.db")
    assert former < addresses(project)


def test_a_registry_that_is_no_file_here(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no file on this machine"):
        note_where_files_are("https://example.org")
    with pytest.raises(BadFile, match="no registry here"):
        note_where_files_are(f"sqlite:///{tmp_path}/mlflow.db")
    sqlite3.connect(tmp_path / "mlflow.db").execute("CREATE TABLE other (id)")
    with pytest.raises(BadFile, match="no registry that this MLflow wrote"):
        note_where_files_are(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_card_that_is_not_there_is_not_fetched(
    renamed: Renamed, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    renamed()
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", lambda **_: pytest.fail("fetched"))
    said = CliRunner().invoke(app, ["models", "card", "champion", "--system", "reconstruct"])
    assert isinstance(said.exception, BadData) and "models moved" in said.exception.fix
