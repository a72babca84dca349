"""Where runs are kept if nobody says so: in the project, also of DVC's experiments elsewhere."""

from pathlib import Path

import pytest

from thermocline.predict.tracking import DEFAULT_TRACKING, tracking_uri


def test_an_experiment_in_a_copy_keeps_its_runs_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`dvc exp run --temp` and `--queue` remove the copy, and its runs with it."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    copy = tmp_path / "project/.dvc/tmp/exps/tmpabc"
    (copy / "sub").mkdir(parents=True)
    for folder in (copy, copy / "sub"):
        monkeypatch.chdir(folder)
        assert tracking_uri() == f"sqlite:///{tmp_path}/project/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org")
    assert tracking_uri() == "https://mlflow.example.org"
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.chdir(tmp_path / "project")
    assert tracking_uri() == DEFAULT_TRACKING
