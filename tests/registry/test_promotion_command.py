"""`thermocline models` from the first champion to a deletion, as it is typed."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made import NAME, add_version, champion
from mlflow.exceptions import MlflowException
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.registry.aliases.log import entries
from thermocline.registry.promotion.promote import promote
from thermocline.registry.store.connection import connect

ROOT = Path(__file__).resolve().parents[2]


Say = Callable[..., str]
PARAMS = ("--params", str(ROOT / "params.yaml"))


@pytest.fixture
def say(store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """`thermocline models WORDS`: its exit status and all that it prints."""
    from thermocline.cli import main

    def said(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["thermocline", "models", *words])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return f"{end.value.code or 0} {out}{err}"

    return said


def test_where_nothing_is_registered(say: Say) -> None:
    assert "the system is not said, and none has a registered model" in say("champion")
    assert say("champion", "--system", "reconstruct").startswith(
        f"2 thermocline: MLflow registry: no registered model '{NAME}'"
    )


def test_promoted_by_the_gate_and_told_of_any_day(store: Path, say: Say) -> None:
    for ours in (0.7, 0.84, 0.56):
        add_version(store, ours)
    assert say("champion").startswith(f"0 {NAME}: no champion now")
    assert say("promote", "1", *PARAMS).startswith(f"0 {NAME} version 1 is champion")
    refused = say("promote", f"models:/{NAME}/2", *PARAMS)
    assert refused.startswith("2 thermocline: ") and "worse than champion version 1" in refused
    assert say("promote", "3", *PARAMS).startswith("0 ")
    today = datetime.now(UTC)
    assert say("champion", "--on", f"{today:%Y-%m-%d}").startswith(f"0 {NAME} version 3")
    first = entries(connect(), NAME)[0].time
    assert f"{NAME} version 1" in say("champion", "--on", first.isoformat())
    before = say("champion", "--on", f"{first - timedelta(days=1):%Y-%m-%d}")
    assert "no champion" in before and "the log begins" in before
    assert say("champion", "--on", "May").startswith("2 thermocline: --on: not a date")


def test_rolled_back_compared_and_shown(store: Path, config, say: Say) -> None:
    for ours in (0.7, 0.56):
        promote(connect(), NAME, add_version(store, ours), config)
    assert say("rollback", "--reason", "cold bias").startswith(f"0 {NAME} version 1 is champion")
    assert say("rollback").startswith("2 ")
    idle = say("compare", "1", "2", "--date", "2008-03", "--members", "3")
    assert idle.startswith("2 thermocline: --date, --members: this is about maps")
    log = say("log")
    assert "cold bias" in log and "1 → 2" in log and "2 → 1" in log and "rolled back" in log
    shown = say("show", "2")
    assert "better than champion version 1" in shown and "digest" in shown
    assert say("show", "9").startswith("2 ")
    listed = say("list")
    assert listed.count("\n") == 3 and ".log" not in listed and "@champion" in listed


def test_deleted_unless_something_names_it(
    store: Path, config, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(connect(), NAME, add_version(store, 0.7), config)
    add_version(store, 0.84)
    assert "entry 1 of the log names it" in say("delete", NAME, "1")
    assert say("delete", "2").startswith(f"0 {NAME} version 2 is deleted")
    run = str(connect().get_model_version(NAME, "1").run_id)
    assert "version 1 was made by it" in say("delete-run", run)

    def forbid(*_: Any, **__: Any) -> None:
        raise MlflowException("Permission denied\nat all")

    monkeypatch.setattr("thermocline.registry.registration.deletion.delete_run", forbid)
    refused = "2 thermocline: MLflow: Permission denied at all → ask the tracking server's admin"
    assert say("delete-run", run).startswith(refused)


def test_a_commit_is_asked_for_in_the_working_folder(
    store: Path,
    config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever params.yaml is; what allows it is said in the same words as in the pipeline."""
    subprocess.run(["git", "init", "-q", "."], check=True)
    connect().delete_model_version_tag(NAME, add_version(store, 0.7), "thermocline.git_commit")
    words = ["models", "promote", "1", *PARAMS]
    ask = CliRunner().invoke
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "off")
    assert "a commit that nobody wrote down" in str(ask(app, words).exception)
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "maybe")
    assert "'maybe' is neither yes nor no" in str(ask(app, words).exception)
    monkeypatch.setenv("THERMOCLINE_ALLOW_UNCOMMITTED", "true")
    assert ask(app, words).exit_code == 0 and champion() == "1"
