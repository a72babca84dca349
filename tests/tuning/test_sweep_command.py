"""`thermocline sweep`: every trial a nested run, once; figures; advice ready to be pasted."""

import os
import re
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from examiners import Failing, bowl
from typer.testing import CliRunner

from thermocline.cli import app
from thermocline.errors import ThermoclineError
from thermocline.systems.config import load_config, parse_config
from thermocline.tuning import sweep as sweeps

DATABASE = "build/sweeps/reconstruct.db"


def sweep(*arguments: str):
    return CliRunner().invoke(app, ["sweep", "reconstruct", "--steps", "90", *arguments])


def runs() -> tuple[list[Any], dict[str, list[Any]]]:
    """Parent runs, and each one's nested runs by trial number."""
    from thermocline.registry.store.connection import connect

    client = connect("reconstruct")
    experiment = client.get_experiment_by_name("reconstruct").experiment_id
    found = client.search_runs([experiment], order_by=["start_time ASC"])
    parents = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    nested: dict[str, list[Any]] = {run.info.run_id: [] for run in parents}
    for run in found:
        if run not in parents:
            nested[run.data.tags["mlflow.parentRunId"]].append(run)
    for of_one in nested.values():
        of_one.sort(key=lambda run: int(run.data.tags["thermocline.trial"]))
    return parents, nested


def stand_in(monkeypatch: pytest.MonkeyPatch, judge: Any) -> None:
    monkeypatch.setattr(
        sweeps, "_trainer", lambda *_: (judge, "0123456789abcdef x", "0123456789abcdef")
    )


def draw_nothing(study: Any, space: Any, folder: Path) -> tuple[list[Path], list[str]]:
    """What stands for figures, which take seconds, where nobody looks at them."""
    folder.mkdir(parents=True, exist_ok=True)
    return [], []


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep without figures."""
    monkeypatch.setattr("thermocline.tuning.search.draw_figures", draw_nothing)


def test_a_study_and_its_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a masking ratio that params.yaml has, and the space has not: it is in the figures."""
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(re.sub(r"ratio: 0\.9\b", "ratio: 0.95", text, count=1))
    assert load_config(Path("params.yaml")).reconstruct.model.masking.ratio == 0.95
    stand_in(monkeypatch, Failing({2}, RuntimeError("out of memory")))
    with monkeypatch.context() as patch:
        patch.setattr("thermocline.tuning.search.draw_figures", draw_nothing)
        assert sweep("--trials", "3").exit_code == 0
    done = sweep("--trials", "8")
    assert done.exit_code == 0, done.output
    parents, nested = runs()
    assert [run.info.status for run in parents] == ["FINISHED"]
    trials = nested[parents[0].info.run_id]
    states = [run.data.tags["thermocline.trial_state"] for run in trials]
    assert len(trials) == 9 and states[0] == "complete" and states[1] == "failed"
    assert "pruned" in states and states.count("complete") + states.count("pruned") == 8
    ratios = (*load_config().reconstruct.tune.space["model.masking.ratio"].choice, 0.95)
    for run, state in zip(trials, states, strict=True):
        assert run.info.status == ("FAILED" if state == "failed" else "FINISHED")
        assert run.data.params["reconstruct.training.learning_rate"]
        assert float(run.data.params["reconstruct.model.masking.ratio"]) in ratios
        # Comparable at one length of training only: what was pruned has rungs, and no result.
        assert ("validation_crps" in run.data.metrics) == (state == "complete")
        assert ("rung_crps" in run.data.metrics) == (state != "failed")
    assert "out of memory" in trials[1].data.tags["thermocline.failure"]
    assert "trial 1: failed: RuntimeError: out of memory" in done.output

    advice = yaml.safe_load(done.output.split("training.steps):\n")[1])
    assert "steps" not in advice["reconstruct"]["training"]
    completed = [run for run, state in zip(trials, states, strict=True) if state == "complete"]
    best = min(completed, key=lambda run: run.data.metrics["validation_crps"])
    rate = float(best.data.params["reconstruct.training.learning_rate"])
    assert advice["reconstruct"]["training"]["learning_rate"] == pytest.approx(rate)
    values = load_config().model_dump(mode="json")
    for section, changed in advice["reconstruct"].items():
        values["reconstruct"][section] |= changed
    parse_config(values)

    from thermocline.registry.store.connection import connect

    folder = Path("build/sweeps/reconstruct/figures")
    drawn = {path.name for path in folder.iterdir()}
    assert {"schedule_ratio.png", "importances.png", "contour.png", "slice.png"} <= drawn
    kept = connect().list_artifacts(parents[0].info.run_id, "figures")
    assert {Path(file.path).name for file in kept} == drawn


@pytest.mark.usefixtures("undrawn")
def test_a_deleted_study_begins_anew(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make clean` removes studies but not runs: the next sweep must not take them for its own."""
    stand_in(monkeypatch, bowl)
    sweep("--trials", "1")
    (project / DATABASE).unlink()
    sweep("--trials", "1")
    parents, nested = runs()
    assert len(parents) == 2 and all(nested.values())


@pytest.mark.usefixtures("undrawn")
def test_a_stopped_sweep_loses_no_trial(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C: the study's run says so, and the next session goes on with the trial it cost."""
    stand_in(monkeypatch, Failing({2}, KeyboardInterrupt()))
    stopped = sweep("--trials", "2")
    assert stopped.exit_code != 0 and "The same command goes on from here." in stopped.output
    parents, nested = runs()
    assert [run.info.status for run in parents] == ["KILLED"]
    stand_in(monkeypatch, bowl)
    again = sweep("--trials", "2")
    assert again.exit_code == 0 and "1 of 2 trials are finished" in again.output
    assert "trial 2 begun, which is trial 1 again" in again.output
    parents, nested = runs()
    statuses = [run.info.status for run in nested[parents[0].info.run_id]]
    assert len(parents) == 1 and statuses == ["FINISHED", "KILLED", "FINISHED"]
    _, killed, again = nested[parents[0].info.run_id]
    assert killed.data.params == again.data.params


def test_a_hopeless_sweep(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, Failing(set(range(9)), RuntimeError("no memory at all")))
    done = sweep("--trials", "2", "--storage", "sqlite:///elsewhere/study.db")
    assert isinstance(done.exception, ThermoclineError) and "no memory" in str(done.exception)
    parents, nested = runs()
    assert parents[0].info.status == "FAILED" and len(nested[parents[0].info.run_id]) == 2
    assert (project / "elsewhere/study.db").is_file()


def test_what_is_refused(project: Path) -> None:
    done = CliRunner().invoke(app, ["sweep", "reconstuct"])
    assert isinstance(done.exception, ThermoclineError) and "reconstuct" in str(done.exception)
    done = sweep("--workers", "2")
    assert "sqlite serves one worker" in str(done.exception)


def command(python: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    words = [python, "-m", "thermocline.cli", "sweep", "reconstruct", *arguments]
    return subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "WARM_BLANK_FIGURES": "1"} | environment,
    )


@pytest.mark.slow
def test_killed_twice_at_random(project: Path, warm_python: str) -> None:
    """Real trainings, SIGKILL at any moment: no finished trial is lost, none is done twice."""
    import optuna

    from thermocline.tuning.study import finished, outcome

    random, known, killed = Random(11), {}, 0

    def state() -> dict[int, tuple[str, float | None]]:
        if not (project / DATABASE).is_file():
            return {}
        storage = optuna.storages.RDBStorage(f"sqlite:///{DATABASE}", skip_compatibility_check=True)
        names = optuna.study.get_all_study_names(storage)
        if not names:
            return {}
        study = optuna.load_study(study_name=names[0], storage=storage)
        done = {t.number: (outcome(t), t.values and t.values[0]) for t in study.get_trials()}
        assert finished(study) <= 3
        return done

    for _ in range(2):
        worker = command(warm_python, "--trials", "3", "--steps", "60")
        said = ""
        while "begun" not in said:
            line = worker.stdout.readline()  # type: ignore[union-attr]
            said += line
            assert line, said
        time.sleep(random.uniform(0.2, 2.0))
        worker.kill()
        worker.communicate()
        now = state()
        ended = {number: end for number, end in now.items() if end[0] in ("complete", "pruned")}
        assert all(now[number] == end for number, end in known.items())
        known = ended
    last = command(warm_python, "--trials", "3", "--steps", "60")
    output, _ = last.communicate(timeout=200)
    assert last.returncode == 0, output
    now = state()
    assert all(now[number] == end for number, end in known.items())
    ends = [end for end, _ in now.values()]
    killed = ends.count("killed")
    assert ends.count("complete") + ends.count("pruned") == 3 and killed >= 1
    parents, nested = runs()
    (trials,) = nested.values()
    statuses = [run.info.status for run in trials]
    assert parents[0].info.status == "FINISHED" and len(parents) == 1
    assert statuses.count("FINISHED") == 3 and statuses.count("KILLED") == killed
    assert not list(Path(sweeps.CHECKPOINTS).rglob("*.ckpt"))


@pytest.mark.slow
def test_two_worker_processes(project: Path, postgres, warm_python: str) -> None:
    """One study in PostgreSQL, one parent run; each end is told once, the password nowhere."""
    address = postgres()
    password = address.split(":")[2].partition("@")[0]
    words = ("--trials", "4", "--steps", "3", "--workers", "2")
    done = command(warm_python, *words, THERMOCLINE_STORAGE=address)
    output, _ = done.communicate(timeout=240)
    assert done.returncode == 0 and password not in output, output
    assert sorted(re.findall(r"trial (\d+): ", output)) == ["0", "1", "2", "3"], output
    assert "4 of 4 trials are finished\n" in output, "by these workers, not by an earlier sweep"
    parents, nested = runs()
    assert [run.info.status for run in parents] == ["FINISHED"]
    (trials,) = nested.values()
    assert [run.info.status for run in trials] == ["FINISHED"] * 4
    assert len({run.data.tags["thermocline.process"] for run in trials}) == 2
    for run in (*parents, *trials):
        assert password not in str(run.to_dictionary())
