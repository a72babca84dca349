"""Faults of files, stores and addresses around a model: said as what they are."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bento.models
import pytest

import thermocline.predict as predict
from thermocline.errors import BadFile
from thermocline.predict import champion


def test_a_store_with_options_is_the_same_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mlflow.db"
    for there in (False, True):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}?timeout=60")
        assert champion.has_registry() == there
        sqlite3.connect(path).close()
        path.touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://example.org")
    assert champion.has_registry()


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


def test_a_champion_whose_files_cannot_be_had_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    def away(*_: Any, **__: Any) -> None:
        raise OSError("the bucket is away")

    version = SimpleNamespace(version="1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(champion, "find_version", lambda *_: version)
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", away)
    with pytest.raises(predict.NotFetched, match="bucket is away"):
        predict.load_champion("reconstruct")
    assert bento.models._champion("reconstruct") is None
