"""Sweeps: bounded, gone on with as if never stopped, comparable within, recorded once."""

import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path

import optuna
import pytest

from thermocline.config import load_config
from thermocline.errors import BadConfig, BadData, BadFile, ThermoclineError
from thermocline.tuning import sweep as sweeps
from thermocline.tuning.space import SEARCHED
from thermocline.tuning.study import finished
from thermocline.tuning.sweep import override, run_sweep
from thermocline.tuning.trial import validation_crps

STORAGE = "sqlite:///build/sweeps/reconstruct.db"


def score(config, *_):  # type: ignore[no-untyped-def]
    """A stand-in for training: best at a learning rate of 1e-3 and 6 sampling steps."""
    settings = config.reconstruct
    return abs(settings.training.learning_rate - 1e-3) + abs(settings.sampling.steps - 6)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "validation_crps", score)


def drawn(study: optuna.Study) -> list[dict]:
    return [trial.params for trial in study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))]


@pytest.mark.usefixtures("cheap")
def test_stopped_and_gone_on_with(project: Path) -> None:
    """3 trials, then 8: the same trials as 8 at once; nothing is left to do the third time."""
    config, seen = load_config(), []
    run_sweep(config, STORAGE, 3, 20)
    study = run_sweep(config, STORAGE, 8, 20, lambda trial, _: seen.append(trial.number))
    at_once = run_sweep(config, "sqlite:///build/sweeps/other.db", 8, 20)
    assert finished(study) == 8 and seen == list(range(8))
    assert drawn(study) == drawn(at_once)
    assert len({str(parameters) for parameters in drawn(study)}) == 8
    assert len(run_sweep(config, STORAGE, 8, 20).trials) == 8


@pytest.mark.usefixtures("cheap")
def test_trials_that_cannot_be_compared_share_no_study(project: Path) -> None:
    config = load_config()
    first = run_sweep(config, STORAGE, 1, 20).study_name
    names = {
        run_sweep(override(config, changed), STORAGE, 1, steps).study_name
        for changed, steps in (
            ({}, 30),
            ({"seed": 1}, 20),
            ({"evaluate.members": 3}, 20),
            ({"reconstruct.training.batch": 2}, 20),
        )
    }
    assert len(names) == 4 and first not in names
    searched = {"reconstruct.sampling.steps": 3, "reconstruct.training.steps": 5}
    assert run_sweep(override(config, searched), STORAGE, 1, 20).study_name == first


def test_trials_that_fail(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails is made up for; a sweep whose trials all fail ends, and says why."""
    calls = []

    def second_fails(config, *_):  # type: ignore[no-untyped-def]
        calls.append(config)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return score(config)

    monkeypatch.setattr(sweeps, "validation_crps", second_fails)
    study = run_sweep(load_config(), STORAGE, 3, 20)
    assert [trial.state.name for trial in study.trials] == [
        *("COMPLETE", "FAIL", "COMPLETE", "COMPLETE")
    ]
    assert study.trials[1].user_attrs["failure"] == "RuntimeError: out of memory"
    for outcome, reason in ((float("nan"), "nan"), (BadData("no sea"), "no sea")):
        ended = []

        def always_fails(*_, outcome=outcome):  # type: ignore[no-untyped-def]
            if isinstance(outcome, float):
                return outcome
            raise outcome

        monkeypatch.setattr(sweeps, "validation_crps", always_fails)
        storage = f"sqlite:///build/sweeps/{reason}.db"
        with pytest.raises(ThermoclineError, match=rf"4 trial.* in a row.*{reason}"):
            run_sweep(load_config(), storage, 4, 20, lambda trial, _, to=ended: to.append(trial))
        assert [trial.state.name for trial in ended] == ["FAIL"] * 4


@pytest.mark.usefixtures("cheap")
def test_a_trial_that_was_killed_counts_as_failed(project: Path) -> None:
    """A trial that never ended and whose last sign of life is old."""
    study = run_sweep(load_config(), STORAGE, 1, 20)
    killed = study.ask()
    study._storage.record_heartbeat(killed._trial_id)  # type: ignore[attr-defined]
    with closing(sqlite3.connect(project / "build/sweeps/reconstruct.db")) as database, database:
        database.execute("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00.000000'")
    study, seen = run_sweep(load_config(), STORAGE, 2, 20), []
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE"]
    run_sweep(load_config(), STORAGE, 2, 20, lambda trial, _: seen.append(trial.state.name))
    assert seen == ["COMPLETE", "FAIL", "COMPLETE"]


def test_what_is_missing_is_named(project: Path) -> None:
    with pytest.raises(BadConfig, match="database"):
        run_sweep(load_config(), "nonsense", 1, 20)
    (project / "build/prepared").unlink()
    with pytest.raises(BadFile, match="prepare"):
        run_sweep(load_config(), STORAGE, 1, 20)


def test_a_real_trial(project: Path) -> None:
    study = run_sweep(load_config(), STORAGE, 1, 2)
    assert 0 < study.best_value < 5
    assert study.best_trial.user_attrs["overrides"]["reconstruct.training.steps"] == 2


def test_every_choice_of_the_space_can_be_trained(project: Path) -> None:
    """No choice ends in an error, or in a score that is not a number."""
    from thermocline.baselines.ensemble_oi import EnsembleOI
    from thermocline.prepare.store import Store

    config = load_config()
    store = Store.open("build/prepared/reconstruct.nc")
    ensemble = EnsembleOI.load("build/baselines/reconstruct/ensemble_oi.safetensors")
    processes = product(("edm", "cosine", "linear", "sigmoid", "flow"), ("edm", "v", "x0"))
    samplings = (("pigdm", 0.2, 3), ("mmps", 2.0, 10), ("none", 1.0, 4))
    for number, (schedule, parameterisation) in enumerate(processes):
        # Each schedule and each parameterisation meets each guidance.
        guidance, sigma, steps = samplings[(number + number // 3) % 3]
        values = (schedule, parameterisation, 1e-3, 8, guidance, sigma, steps)
        named = zip(SEARCHED, values, strict=True)
        changed = {f"reconstruct.{name}": value for name, value in named}
        changed["reconstruct.training.steps"] = 1
        value = validation_crps(override(config, changed), store, ensemble)
        assert 0 < value < 50, changed
