"""Export and import: the same digests, answers and lineage elsewhere; nothing else gets in."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from exporting import answer_of
from made import versions
from tracking_server import tracking_server

from thermocline.errors import BadFile
from thermocline.predict.manifest import check_manifest
from thermocline.predict.registered import fetch_registered
from thermocline.registry.store.connection import connect
from thermocline.registry.transfer import incoming
from thermocline.registry.transfer.incoming import import_model
from thermocline.registry.transfer.manifest import check_folder, write_folder_manifest
from thermocline.registry.transfer.outgoing import export_model, run_facts

NAME = "thermocline-reconstruct"


def test_elsewhere_the_same(exported: Path, store: Path) -> None:
    done = import_model(exported)
    assert done.new and done.version == "1" and done.source == f"models:/{NAME}/1"
    client = connect()
    version, model = fetch_registered(NAME, "candidate")
    assert check_manifest(model) == done.digest == version.tags["thermocline.digest"]
    original = exported / "model/artifacts/reconstruct"
    assert (original / "lineage.json").is_file()
    for name in sorted(path.name for path in original.iterdir()):
        assert (model / name).read_bytes() == (original / name).read_bytes(), name
    then = np.array(json.loads((exported.parent / "answer.json").read_text()))
    np.testing.assert_array_equal(answer_of("1"), then)  # to the bit; NaN on land
    assert "champion" not in client.get_registered_model(NAME).aliases

    content = json.loads((exported / "export.json").read_text())
    judged = {key for key in content["tags"] if "verdict" in key}
    assert judged and not judged & version.tags.keys(), "nobody has judged it here"
    assert (
        version.tags.items()
        >= {k: v for k, v in content["tags"].items() if k not in judged}.items()
    )
    assert version.tags["thermocline.imported_from"] == done.source
    assert version.tags["thermocline.imported_run"] == content["run"]["run_id"] != done.run_id
    ours, theirs = run_facts(client, done.run_id).model_dump(mode="json"), content["run"]
    assert ours["metrics"] == theirs["metrics"] and theirs["metrics"]
    for key in ("params", "datasets", "status", "start_time", "end_time", "name"):
        assert ours[key] == theirs[key], key
    assert ours["tags"].items() >= theirs["tags"].items()
    kept = {entry.path for entry in client.list_artifacts(done.run_id)}
    assert {"figures", "evaluation", "imported"} <= kept
    described = (model.parents[1] / "MLmodel").read_text()
    assert done.run_id in described and content["run"]["run_id"] not in described
    assert version.run_id == done.run_id and done.run_id == client.get_run(done.run_id).info.run_id


def test_at_once_is_once(exported: Path, store: Path, monkeypatch) -> None:
    """Two that both found none before either had made one."""
    first = import_model(exported)
    monkeypatch.setattr(incoming, "find_version", lambda *_: None)
    again = import_model(exported)
    assert versions() == ["1"] and not again.new and again.version == first.version


def test_twice_is_once(exported: Path, store: Path) -> None:
    first, again = import_model(exported), import_model(exported)
    assert first.new and not again.new and again.version == first.version
    experiment = connect().get_experiment_by_name("reconstruct").experiment_id
    assert versions() == ["1"] and len(connect().search_runs([experiment])) == 1
    assert len(connect().search_logged_models([experiment])) == 1


def test_an_unreadable_evaluation_is_not_ranked(
    exported: Path, store: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(exported, tmp_path / "export")
    (folder / "model/artifacts/evaluation/cases.json").unlink()
    content = json.loads((folder / "export.json").read_text())
    del content["tags"]["thermocline.evaluation_sha256"]  # as an older Thermocline's
    (folder / "export.json").write_text(json.dumps(content))
    write_folder_manifest(folder)
    done = import_model(folder)
    experiment = connect().get_run(done.run_id).info.experiment_id
    (model,) = connect().search_logged_models([experiment])
    assert done.new and not model.metrics


def test_back_where_it_came_from(exported: Path, monkeypatch) -> None:
    """The version is there already; its aliases stay, and no second one appears."""
    source = exported.parent / "store"
    monkeypatch.chdir(source)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{source}/mlflow.db")
    before = connect().get_registered_model(NAME).aliases
    assert not import_model(exported).new
    assert connect().get_registered_model(NAME).aliases == before and versions() == ["1"]


@pytest.fixture
def server(tmp_path: Path, empty_store: Path, warm_python: str, monkeypatch) -> Iterator[str]:
    """A tracking server, which this process's MLflow speaks to from a folder of its own."""
    with tracking_server(warm_python, tmp_path, empty_store) as address:
        (tmp_path / "client").mkdir()
        monkeypatch.chdir(tmp_path / "client")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
        yield address


@pytest.mark.slow
def test_through_a_server(exported: Path, server: str, tmp_path: Path) -> None:
    """In over HTTP, and out again: the files stay the same to the byte."""
    done = import_model(exported)
    assert done.new and not import_model(exported).new
    then = np.array(json.loads((exported.parent / "answer.json").read_text()))
    np.testing.assert_array_equal(answer_of("1"), then)
    assert run_facts(connect(), done.run_id).metrics
    assert not list((tmp_path / "client").iterdir())  # nothing beside the server's own files
    content, _ = export_model("candidate", tmp_path / "again")
    assert content.tags["thermocline.imported_from"] == done.source
    first, second = check_folder(exported), check_folder(tmp_path / "again")
    model = {name for name in first if name.startswith("model/")}
    assert model == {name for name in second if name.startswith("model/")}
    assert [n for n in sorted(model) if first[n] != second[n]] == ["model/MLmodel"]


def test_a_version_with_a_pickle_is_not_exported(
    exported: Path, tmp_path: Path, monkeypatch
) -> None:
    source = exported.parent / "store"
    monkeypatch.chdir(source)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{source}/mlflow.db")
    (model,) = source.glob("mlartifacts/models/*/artifacts")
    (run,) = (p for p in source.glob("mlartifacts/*/artifacts") if p.parent.name != "models")
    for place in (model / "artifacts/reconstruct", model, run):
        (place / "model.pkl").write_bytes(b"c")
        try:
            with pytest.raises(BadFile, match=r"model\.pkl"):
                export_model("champion", tmp_path / "export")
        finally:
            (place / "model.pkl").unlink()
        assert list(tmp_path.iterdir()) == []  # whole or not at all


def test_the_commands(exported: Path, store: Path, monkeypatch, capsys) -> None:
    from thermocline.cli import main

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["thermocline", "models", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return f"{end.value.code} {said.out}{said.err}"

    assert run("import", str(exported)).startswith(f"0 {NAME} version 1: imported")
    assert "is this model already" in run("import", str(exported))
    said = run("export", "candidate", "again")
    assert said.startswith("0 again: ") and "SHA-256 of its manifest" in said
    assert run("export", "candidate", "again").startswith("2 thermocline: again: exists already")
    assert run("import", "nowhere").startswith("2 thermocline: nowhere: no such folder")


def test_checksum_is_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("text")
    first = write_folder_manifest(tmp_path)
    assert set(check_folder(tmp_path)) == {"a/b.txt"} and write_folder_manifest(tmp_path) == first
    (tmp_path / "a" / "b.txt").write_text("other")
    with pytest.raises(BadFile, match=r"a/b\.txt"):
        check_folder(tmp_path)
