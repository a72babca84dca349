"""The record a stage leaves: how it ended, whatever ended it."""

import errno
import runpy
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from thermocline.errors import BadData
from thermocline.pipeline.outcome import read_outcomes, recorded

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def clock(*minutes):
    times = iter([NOON + timedelta(minutes=minute) for minute in minutes])
    return lambda: next(times)


def ending(folder, problem):
    """The record of a stage that ends with `problem`, which must come through."""
    with pytest.raises(type(problem)), recorded("train@a", folder, clock(0, 2)):
        raise problem
    return read_outcomes(folder)["train@a"]


def test_a_finished_stage(tmp_path):
    with recorded("prepare", tmp_path, clock(0, 3)):
        assert read_outcomes(tmp_path)["prepare"].state == "running"
    outcome = read_outcomes(tmp_path)["prepare"]
    assert (outcome.state, outcome.seconds) == ("finished", 180)
    assert datetime.fromisoformat(outcome.began) == NOON
    assert [path.name for path in tmp_path.iterdir()] == ["prepare.json"]


@pytest.mark.parametrize(
    "problem, state, reason",
    [
        (
            BadData("no ocean", where="a.nc", fix="add water"),
            "failed",
            "a.nc: no ocean → add water",
        ),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            "failed",
            "database: attempt to write a readonly database → ask its owner for the right to write "
            "to it, and to its folder",
        ),
        (sqlite3.ProgrammingError("no such"), "failed", "ProgrammingError: no such"),
        (KeyError("depth\nand more"), "failed", r"KeyError: 'depth\nand more'"),
        (RuntimeError("one\n  two"), "failed", "RuntimeError: one two"),
        (MemoryError(), "failed", "MemoryError"),
        (SystemExit("no data"), "failed", "exit no data"),
        (SystemExit(3), "failed", "exit 3"),
        (SystemExit(143), "interrupted", "stopped by SIGTERM"),
        (SystemExit(0), "finished", ""),
        (KeyboardInterrupt(), "interrupted", "stopped by hand"),
    ],
)
def test_how_it_ended(tmp_path, problem, state, reason):
    outcome = ending(tmp_path, problem)
    assert (outcome.state, outcome.reason, outcome.seconds) == (state, reason, 120)


@pytest.mark.parametrize(
    "problem, words",
    [
        (BadData("no ocean", where="a.nc"), "error: a.nc: no ocean"),
        (OSError(errno.ENOSPC, "", "b.nc"), "error: b.nc: no space left on device → free some"),
        (
            sqlite3.OperationalError("database or disk is full"),
            "error: database: .* is full → free",
        ),
    ],
)
def test_a_stage_ends_in_words(tmp_path, monkeypatch, problem, words):
    def stage():
        raise problem

    run = runpy.run_path("pipelines/stage.py")["run"]
    monkeypatch.setattr(sys, "argv", ["train.py", "a"])
    monkeypatch.setitem(run.__globals__, "check_stage", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=words):
        run(stage)
    assert read_outcomes()["train@a"].state == "failed"


def test_a_success_replaces_a_failure(tmp_path):
    assert ending(tmp_path, ValueError("no")).state == "failed"
    with recorded("train@a", tmp_path):
        pass
    assert read_outcomes(tmp_path)["train@a"].state == "finished"


def test_a_killed_stage_is_told_from_a_running_one(tmp_path):
    """By a lock, not by a process number, which another process may have by now."""
    code = (
        "import sys, time; from pathlib import Path\n"
        "from thermocline.pipeline.outcome import recorded\n"
        "with recorded('train@a', Path(sys.argv[1])):\n"
        "    print('on', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"on\n"
        assert read_outcomes(tmp_path)["train@a"].state == "running"
        process.send_signal(signal.SIGKILL)
        process.wait()
        outcome = read_outcomes(tmp_path)["train@a"]
    assert outcome.state == "killed" and outcome.seconds is None
    with recorded("train@a", tmp_path):  # and the next run goes on as if nothing had been
        assert read_outcomes(tmp_path)["train@a"].state == "running"
    assert [path.name for path in tmp_path.iterdir()] == ["train@a.json"]


def test_a_record_is_a_courtesy(tmp_path):
    """Where none can be written the stage runs all the same; a spoiled one is left out."""
    (tmp_path / "file").touch()
    with recorded("train@a", tmp_path / "file"):
        pass
    for number, content in enumerate(
        ("{", "[]", "{}", '{"stage": "a", "state": "x", "began": "y"}')
    ):
        (tmp_path / f"{number}.json").write_text(content)
    assert read_outcomes(tmp_path) == {} and read_outcomes(tmp_path / "none") == {}
