"""Faults of files, stores and addresses around a model: said as what they are."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bento.models
import pytest

import thermocline.predict as predict
from thermocline.errors import BadFile
from thermocline.predict import registered, tracking


def test_a_store_with_options_is_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mlflow.db"
    for there in (False, True):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}?timeout=60")
        assert tracking.has_registry() == there
        sqlite3.connect(path).close()
        path.touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://example.org")
    assert tracking.has_registry()


@pytest.mark.parametrize("name", ["a.txt/x.nc", "a.txt/x.zip", "folder.nc"])
def test_an_answer_that_cannot_be_written_is_not_computed(
    tmp_path: Path, served: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "folder.nc").mkdir()
    (endpoint, *_) = predict.endpoints(served)
    request = predict.question(endpoint, **endpoint.example(served.model))
    monkeypatch.setattr("thermocline.predict.writing.answer", lambda *_: pytest.fail("computed"))
    with pytest.raises(BadFile, match="cannot be written"):
        predict.write_answer(served, endpoint, request, tmp_path / name)


@pytest.mark.parametrize("name", ["", ".", "/", ".."])
def test_an_answer_without_a_name_is_not_computed(name: str) -> None:
    with pytest.raises(BadFile, match=r"no name of a file|cannot be written"):
        predict.check_output(predict.answer_path(name), [])


@pytest.mark.parametrize("link", [False, True])
def test_an_answer_never_replaces_the_question(tmp_path: Path, link: bool) -> None:
    mine = tmp_path / "mine.nc"
    mine.write_bytes(b"the only copy")
    output = tmp_path / "link.nc" if link else mine
    if link:
        output.symlink_to(mine)
    with pytest.raises(BadFile, match="would replace the file that was given"):
        predict.check_output(output, [mine])
    predict.check_output(tmp_path / "other.nc", [mine])
    assert mine.read_bytes() == b"the only copy"


def test_a_champion_whose_files_cannot_be_had_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    def away(*_: Any, **__: Any) -> None:
        raise OSError("the bucket is away")

    version = SimpleNamespace(version="1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registered, "find_version", lambda *_: version)
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", away)
    with pytest.raises(predict.NotFetched, match="bucket is away"):
        predict.load_champion("reconstruct")
    assert bento.models._champion("reconstruct", {}) is None


def test_a_full_disk_is_not_the_store_s_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is fetched lies among temporary files: there is no room for it."""
    import mlflow

    from thermocline.registry.versions.lookup import fetch_part

    def full(*_: Any, **__: Any) -> None:
        raise mlflow.MlflowException("failures occurred while downloading")

    version = SimpleNamespace(name="thermocline-reconstruct", version="1")
    monkeypatch.setattr(registered, "find_version", lambda *_: version)
    monkeypatch.setattr("thermocline.registry.versions.lookup.files_here", lambda _: None)
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", full)
    assert fetch_part(version, "card", tmp_path) is None
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(BadFile, match="no space left"):
        fetch_part(version, "card", tmp_path)
    for to in (None, tmp_path):
        with pytest.raises(predict.NotFetched, match="no space left"):
            registered.fetch_registered("thermocline-reconstruct", "1", to)
