"""`thermocline sweep`: every trial a nested run, once; the answer is ready to be pasted."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.config import load_config, parse_config
from thermocline.errors import ThermoclineError
from thermocline.tuning import sweep as sweeps


def sweep(*arguments: str):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(app, ["sweep", "reconstruct", "--steps", "20", *arguments])


def runs() -> tuple[list[Any], dict[str, list[Any]]]:
    """Parent runs, and each one's nested runs, in order."""
    from thermocline.registry.tracking import connect

    client = connect("reconstruct")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    found = client.search_runs([experiment], order_by=["start_time ASC"])
    parents = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    nested = {run.info.run_id: [] for run in parents}
    for run in found:
        if run not in parents:
            nested[run.data.tags["mlflow.parentRunId"]].append(run)
    return parents, nested


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second trial fails."""
    calls = []

    def crps(config, *_):  # type: ignore[no-untyped-def]
        calls.append(config)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return config.reconstruct.training.learning_rate

    monkeypatch.setattr(sweeps, "validation_crps", crps)


@pytest.mark.usefixtures("flaky")
def test_a_study_and_its_runs(project: Path) -> None:
    assert sweep("--trials", "2").exit_code == 0
    done = sweep("--trials", "3")
    assert done.exit_code == 0, done.output
    parents, nested = runs()
    assert [run.info.status for run in parents] == ["FINISHED"]
    trials = nested[parents[0].info.run_id]
    assert [run.info.status for run in trials] == ["FINISHED", "FAILED", "FINISHED", "FINISHED"]
    assert "out of memory" in trials[1].data.tags["thermocline.failure"]
    for run in (trials[0], trials[2], trials[3]):
        rate = float(run.data.params["reconstruct.training.learning_rate"])
        assert run.data.metrics["validation_crps"] == pytest.approx(rate)
        assert run.data.params["reconstruct.training.steps"] == "20"

    assert "trial 1: failed: RuntimeError: out of memory" in done.output
    advice = yaml.safe_load(done.output.split("training.steps):\n")[1])
    assert "steps" not in advice["reconstruct"]["training"]
    best = min(float(run.data.metrics.get("validation_crps", 9)) for run in trials)
    assert advice["reconstruct"]["training"]["learning_rate"] == pytest.approx(best, rel=0.01)
    values = load_config().model_dump(mode="json")
    for section, changed in advice["reconstruct"].items():
        values["reconstruct"][section] |= changed
    parse_config(values)


@pytest.mark.usefixtures("flaky")
def test_a_deleted_study_begins_anew(project: Path) -> None:
    """`make clean` removes studies but not runs: the next sweep must not take them for its own."""
    sweep("--trials", "1")
    (project / "build/sweeps/reconstruct.db").unlink()
    sweep("--trials", "1")
    parents, nested = runs()
    assert len(parents) == 2 and all(nested.values())


def test_a_stopped_sweep_loses_no_trial(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C: the study's run says so, and the next session records the trial it cost."""

    def interrupted(*_):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "validation_crps", interrupted)
    assert sweep("--trials", "1").exit_code != 0
    assert [run.info.status for run in runs()[0]] == ["KILLED"]
    monkeypatch.setattr(sweeps, "validation_crps", lambda *_: 0.5)
    assert sweep("--trials", "1").exit_code == 0
    parents, nested = runs()
    statuses = [run.info.status for run in nested[parents[0].info.run_id]]
    assert len(parents) == 1 and statuses == ["FAILED", "FINISHED"]


def test_a_hopeless_sweep(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_):  # type: ignore[no-untyped-def]
        raise RuntimeError("no memory at all")

    monkeypatch.setattr(sweeps, "validation_crps", broken)
    done = sweep("--trials", "2", "--storage", "sqlite:///elsewhere/study.db")
    assert isinstance(done.exception, ThermoclineError) and "no memory" in str(done.exception)
    parents, nested = runs()
    assert parents[0].info.status == "FAILED" and len(nested[parents[0].info.run_id]) == 2
    assert (project / "elsewhere/study.db").is_file()


def test_an_unknown_system(project: Path) -> None:
    done = CliRunner().invoke(app, ["sweep", "reconstuct"])
    assert isinstance(done.exception, ThermoclineError) and "reconstuct" in str(done.exception)
