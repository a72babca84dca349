"""Sweeps: bounded, gone on with as if never stopped, comparable within, never worse than params."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import optuna
import pytest
from examiners import Failing, Notes, bowl
from optuna.trial import FixedTrial

from thermocline.config import Config, Real
from thermocline.errors import BadConfig, BadData, BadFile, ThermoclineError
from thermocline.systems.config import load_config
from thermocline.systems.learning import CRPS
from thermocline.tuning import summary
from thermocline.tuning.dimensions import suggest
from thermocline.tuning.overrides import override, unchecked, value_of
from thermocline.tuning.space import defaults, remarks, search_space
from thermocline.tuning.study import CASES, crps_of, default_trial, finished, outcome
from thermocline.tuning.sweep import CHECKPOINTS, run_sweep
from thermocline.tuning.trial import Attempt

JOURNAL, SQLITE = "journal:///build/sweeps/{}.log", "sqlite:///build/sweeps/{}.db"
"""The second is what a sweep takes unless it is told another; the first costs a tenth."""
T = optuna.trial.TrialState
PRUNED_OF = 24
"""Trials of which some are pruned whatever the study is called, which seeds them."""


def sweep(
    trials: int, storage: str = JOURNAL.format("own"), config: Config | None = None, **options
):
    config, steps = config or load_config(), options.pop("steps", 90)
    options.setdefault("judge", bowl)
    return run_sweep(config, "reconstruct", storage, trials, steps, **options)


def drawn(study: optuna.Study) -> list[tuple[dict, list[float] | None]]:
    return [(trial.params, trial.values) for trial in study.get_trials()]


@pytest.mark.parametrize("low, high", [(0.99, 0.9999), (1e-6, 1e-1), (0.0, 1.0), (-2.0, 350.0)])
def test_drawn_numbers_are_rounded_as_far_as_the_range_allows(low: float, high: float) -> None:
    """They stay within it, and apart; 0.9995 is not taken for 1."""
    space = {"x": Real(real=(low, high))}
    values = np.linspace(low, high, 101)
    found = [suggest(FixedTrial({"x": float(value)}), space, "s")["s.x"] for value in values]
    assert low <= min(found) and max(found) <= high and len(set(found)) > 90
    np.testing.assert_allclose(found, values, atol=(high - low) / 100)
    assert (
        suggest(FixedTrial({"x": 0.9995}), {"x": Real(real=(0.99, 0.9999))}, "s")["s.x"] == 0.9995
    )
    assert (
        suggest(FixedTrial({"x": 1.23456e-5}), {"x": Real(real=(1e-6, 0.1))}, "s")["s.x"] == 1.23e-5
    )


@pytest.mark.parametrize(
    ("sampler", "storage"),
    [("tpe", SQLITE), ("tpe", JOURNAL), ("gp", JOURNAL), ("nsga2", JOURNAL), ("random", JOURNAL)],
)
def test_stopped_and_gone_on_with(project: Path, sampler: str, storage: str) -> None:
    """3 trials, then 7: the same as 7 at once; nothing is left to do the third time."""
    config, notes = override(load_config(), {"reconstruct.tune.sampler": sampler}), Notes()
    own = storage.format("own")
    sweep(3, own, config)
    study = sweep(7, own, config, observer=notes)
    at_once = sweep(7, storage.format("other"), config)
    assert finished(study) == 7 and [number for number, _ in notes.ends] == list(range(7))
    assert drawn(study) == drawn(at_once)
    assert len({str(parameters) for parameters, _ in drawn(study)}) > 5
    assert len(sweep(7, own, config).trials) == 7


def test_the_first_trial_is_params_yaml(project: Path) -> None:
    """It is not pruned, however many were better before, and what is trained is never worse."""
    config = load_config()
    study = sweep(12)
    first = default_trial(study)
    assert first is not None and first.number == 0
    assert first.params == defaults(config, "reconstruct")
    found = summary.winner(study, "x")
    assert found["value"] <= found["default_value"] == crps_of(first)
    assert override(config, summary.changes(first)) == config
    tuned = load_config(overrides=found["overrides"]).reconstruct
    best = study.get_trials()[found["trial"]]
    assert tuned.training.learning_rate == pytest.approx(
        best.params["training.learning_rate"], 0.01
    )


def test_pruning_at_rungs(project: Path) -> None:
    """Rungs at a ninth and a third; those given up are finished, and not among the best."""
    notes = Notes()
    study = sweep(PRUNED_OF, observer=notes)
    ends = dict(notes.ends)
    given_up = [trial for trial in study.get_trials() if trial.state == T.PRUNED]
    assert given_up and finished(study) == PRUNED_OF and ends[given_up[0].number] == "pruned"
    for trial in given_up:
        assert trial.last_step in (10, 30) and not trial.user_attrs.get("default")
    for trial in study.get_trials(states=(T.COMPLETE,)):
        assert sorted(trial.intermediate_values) == [10, 30, 90]
    without = sweep(PRUNED_OF, config=override(load_config(), {"reconstruct.tune.pruner": "none"}))
    assert [trial.state for trial in without.trials] == [T.COMPLETE] * PRUNED_OF


def test_two_objectives(project: Path) -> None:
    study = sweep(12, config=override(load_config(), {"reconstruct.tune.sampler": "nsga2"}))
    assert [trial.state for trial in study.trials] == [T.COMPLETE] * 12
    assert all(trial.values[1] == trial.params["sampling.steps"] for trial in study.trials)
    front = study.best_trials
    assert {summary.winner(study, "")["trial"]} <= {trial.number for trial in front}


def test_trials_that_cannot_be_compared_share_no_study(project: Path) -> None:
    config = load_config()
    first = sweep(1).study_name
    names = {
        sweep(1, config=override(config, changed), steps=steps).study_name
        for changed, steps in (
            ({}, 30),
            ({"seed": 1}, 90),
            ({"reconstruct.evaluate.validation_months": 3}, 90),
            ({"reconstruct.training.batch": 2}, 90),
            ({"reconstruct.training.learning_rate": 3e-3}, 90),
            ({"reconstruct.tune.startup": 3}, 90),
        )
    }
    assert len(names) == 6 and first not in names
    for same in ("tune.trials", "tune.share", "evaluate.bootstrap"):
        of_more = override(config, {f"reconstruct.{same}": 1})
        assert sweep(1, config=of_more).study_name == first


def test_trials_that_fail(project: Path) -> None:
    """One that fails is made up for; a sweep whose trials all fail ends, and says why."""
    notes = Notes()
    study = sweep(4, judge=Failing({2}, RuntimeError("out of memory")), observer=notes)
    assert notes.ends[1] == (1, "failed") and finished(study) == 4
    assert study.trials[1].user_attrs["failure"] == "RuntimeError: out of memory"
    assert summary.failed(study) == ["trial 1: failed: RuntimeError: out of memory"]
    assert summary.winner(study, "")["failed"] == 1
    for problem in (ArithmeticError("nan"), BadData("no sea")):
        hopeless = Failing(set(range(9)), problem)
        with pytest.raises(ThermoclineError, match=rf"4 trial.* in a row.*{problem}"):
            sweep(4, JOURNAL.format(type(problem).__name__), judge=hopeless)


def test_the_settings_of_params_are_tried_again_where_their_trial_failed(project: Path) -> None:
    """Once by itself, or killed too often: the others have nothing to be compared with else."""
    study = sweep(3, judge=Failing({1}, RuntimeError("out of memory")))
    assert default_trial(study) is None
    assert default_trial(sweep(4)) is not None
    stopped = JOURNAL.format("stopped")
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            sweep(2, stopped, judge=Failing({1}, KeyboardInterrupt()))
    assert default_trial(sweep(2, stopped)) is not None


class Stopped:
    """A bowl; attempts with these numbers end at their first rung, in the middle of the trial."""

    def __init__(self, *stops: int):
        self.stops, self.calls = stops, 0

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        self.calls += 1
        if self.calls not in self.stops:
            return bowl(attempt)
        told = lambda step, crps: attempt.judge(step, crps) or _stop()
        return bowl(replace(attempt, judge=told))


def _stop() -> bool:
    raise KeyboardInterrupt


def test_kills_change_nothing_of_what_is_given_up(project: Path) -> None:
    """A trial that came back under another number competes once, where it would have."""
    judge = Stopped(2, 4, 6, 8)
    while True:
        try:
            often = sweep(16, judge=judge)
            break
        except KeyboardInterrupt:
            pass
    once = sweep(16, JOURNAL.format("once"))
    ends = lambda study: [
        (trial.params, outcome(trial)) for trial in study.trials if outcome(trial) != "killed"
    ]
    assert ends(often) == ends(once) and len(often.trials) > len(once.trials)
    assert any(end == "pruned" for _, end in ends(once))


def test_what_all_trials_have_in_common_is_not_searched() -> None:
    for system, name in (
        ("superres", "model.first_guess"),
        ("densify", "model.start"),
        ("reconstruct", "model.masking.analysis"),
        ("seaice", "sampling.patterns"),
        ("seaice", "training.features.steps"),
    ):
        config = load_config()
        value = value_of(config, f"{system}.{name}")
        space = {f"{system}.tune.space": {name: {"choice": [value]}}}
        with pytest.raises(BadConfig, match=rf"'{name}' cannot be searched"):
            search_space(load_config(overrides=space), system)


def test_a_space_that_cannot_be_searched(project: Path) -> None:
    def refused(space: dict) -> str:
        with pytest.raises(BadConfig) as caught:
            search_space(load_config(overrides={"reconstruct.tune.space": space}), "reconstruct")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "did you mean 'schedule'" in refused({"model.process.schedul": {"choice": ["edm"]}})
    assert "'cosin'" in refused({"model.process.schedule": {"choice": ["edm", "cosin"]}})
    assert "nothing to search" in refused({})
    assert "write {choice" in refused({"model.process.schedule": {"choise": ["edm"]}})
    assert "lower bound" in refused({"sampling.steps": {"whole": [8, 3]}})
    assert "cannot be searched" in refused({"oi.length_km": {"choice": [1]}})
    assert "cannot be searched" in refused({"training.steps": {"whole": [1, 3]}})
    assert "did you mean 'network'" in refused({"model.networks.width": {"choice": [8]}})
    assert "whole: [1, 5]" in refused({"sampling.steps": {"real": [1, 5]}})
    assert "is no number" in refused({"model.process.schedule": {"whole": [1, 5]}})
    assert "study's own" in refused({"training.checkpoint_every": {"whole": [1, 5]}})
    assert "study's own" in refused({"training.validate_every": {"whole": [1, 5]}})
    odd = {
        "training.batch": {"whole": [4, 15]},
        "training.accumulate": {"choice": [4, 5, 7, 9, 11]},
    }
    assert "combinations cannot be used" in refused(odd) and "equal parts" in refused(odd)
    with pytest.raises(BadConfig, match="reconstruct"):
        search_space(load_config(), "reconstuct")


SOME_REFUSED = {
    "sampling.guidance": {"choice": ["none", "reconmost"]},
    "sampling.sampler": {"choice": ["euler", "ddpm"]},
    "training.learning_rate": {"real": [1e-3, 3e-3]},
}
"""Reconmost goes with ddpm alone."""


def test_what_goes_with_some_others_can_be_searched(project: Path) -> None:
    """The share that does not is said, and so are bounds that hold the value of params.yaml."""
    space = SOME_REFUSED | {"model.network.width": {"whole": [8, 16]}}
    changed = {"reconstruct.tune.space": space, "reconstruct.model.network.width": 32}
    config = load_config(overrides=changed)
    moved, share = remarks(config, "reconstruct")
    assert moved.startswith("model.network.width is searched from 8 to 32: it is 32 in params.yaml")
    refused, of = (int(word) for word in share.split() if word.isdigit())
    assert 0 < refused < of / 2 and "guidance reconmost moves the mean" in share
    assert remarks(load_config(), "reconstruct")[1:] == []


def test_refused_trials_fail_with_a_reason_and_end_no_sweep(project: Path) -> None:
    config = load_config(overrides={"reconstruct.tune.space": SOME_REFUSED})
    config = override(config, {"reconstruct.tune.sampler": "random"})
    study = sweep(12, config=config)
    failed = [trial for trial in study.get_trials() if trial.state == T.FAIL]
    assert finished(study) == 12 and len(failed) > 1
    assert {outcome(trial) for trial in failed} == {"failed"}
    assert "cannot be used together: " in next(iter(summary.failed(study)))
    tried = [trial.params for trial in study.get_trials() if trial.state != T.FAIL]
    assert {"reconmost"} & {each["sampling.guidance"] for each in tried}
    assert all(
        each["sampling.sampler"] == "ddpm"
        for each in tried
        if each["sampling.guidance"] == "reconmost"
    )


def test_a_refused_trial_is_written_down_with_what_was_tried(project: Path) -> None:
    own = {"reconstruct.sampling.guidance": "reconmost", "reconstruct.sampling.sampler": "euler"}
    config = unchecked(load_config(), own)
    assert config.reconstruct.sampling.guidance == "reconmost"
    assert config.reconstruct.sampling.steps == load_config().reconstruct.sampling.steps


def test_an_edited_knob_is_in_the_space(project: Path) -> None:
    """However it was edited: the space is widened to hold it."""
    space = {
        "model.process.schedule": {"choice": ["cosine", "flow"]},
        "training.learning_rate": {"real": [0.1, 0.2]},
        "sampling.steps": {"whole": [1, 2]},
    }
    changed = {"reconstruct.tune.space": space, "reconstruct.sampling.steps": 9}
    found = search_space(load_config(overrides=changed), "reconstruct")
    assert found["model.process.schedule"].choice == ("cosine", "flow", "edm")  # type: ignore[union-attr]
    assert found["training.learning_rate"].real == (2e-3, 0.2)  # type: ignore[union-attr]
    assert found["sampling.steps"].whole == (1, 9)  # type: ignore[union-attr]


def test_no_orders_of_magnitude_below_a_setting_of_zero(project: Path) -> None:
    """A study begins with params.yaml, so its range would begin at 0."""
    space = {"training.ema": {"real": [0.1, 0.9], "log": True}}
    changed = {"reconstruct.tune.space": space, "reconstruct.training.ema": 0.0}
    with pytest.raises(BadConfig, match=r"training\.ema is 0\.0 .*log.*leave out log"):
        search_space(load_config(overrides=changed), "reconstruct")
    changed["reconstruct.training.ema"] = 0.001
    found = search_space(load_config(overrides=changed), "reconstruct")
    assert found["training.ema"].real == (0.001, 0.9)  # type: ignore[union-attr]


def test_what_is_missing_is_named(project: Path) -> None:
    with pytest.raises(BadConfig, match="sqlite:///FILE"):
        sweep(1, "nonsense")
    (project / "build/prepared").unlink()
    with pytest.raises(BadFile, match="prepare"):
        sweep(1, judge=None)


def test_a_real_trial(project: Path) -> None:
    notes = Notes()
    study = sweep(2, judge=None, steps=9, observer=notes)
    assert 0 < crps_of(study.best_trial) < 5
    assert [step for number, step, _ in notes.metrics if number == 0] == [1, 3, 9]
    last = notes.metrics[2][2]
    assert last[CRPS] == last["rung_crps"] == crps_of(study.trials[0])
    cases = study.trials[0].user_attrs[CASES]
    assert sum(crps for _, crps, _ in cases) / len(cases) == pytest.approx(last[CRPS], rel=1e-3)
    assert 0 < last["gated_crps"] < 5 and last["gflop_per_member"] > 0
    assert not list((project / CHECKPOINTS).rglob("*.ckpt"))
    assert all(outcome(trial) in ("complete", "pruned") for trial in study.trials)


def test_every_choice_of_the_space_can_be_trained(project: Path) -> None:
    """No choice ends in an error, or in a score that is not a number."""
    from thermocline.tuning.sweep import _trainer
    from thermocline.tuning.trial import Attempt, shortened

    config = load_config()
    trainer, *_ = _trainer(config, "reconstruct", Path())
    processes = product(("edm", "cosine", "linear", "sigmoid", "flow"), ("edm", "v", "x0"))
    samplings = (("pigdm", 0.3, 3), ("mmps", 2.0, 8), ("none", 1.0, 4))
    maskings = ((0.9, "mixed"), (0.95, "columns"), (0.98, "columns"), (0.95, "mixed"))
    for number, (schedule, parameterisation) in enumerate(processes):
        # Each schedule and each parameterisation meets each guidance.
        guidance, sigma, steps = samplings[(number + number // 3) % 3]
        ratio, pattern = maskings[number % 4]
        changed = {
            "model.process.schedule": schedule,
            "model.process.parameterisation": parameterisation,
            "model.masking.ratio": ratio,
            "model.masking.pattern": pattern,
            "sampling.guidance": guidance,
            "sampling.sigma_start": sigma,
            "sampling.steps": steps,
        }
        tried = override(config, {f"reconstruct.{name}": v for name, v in changed.items()})
        short = shortened(tried, "reconstruct", 1)
        folder = project / f"checkpoints{number}"
        scores = trainer(Attempt(short, folder, frozenset(), lambda step, crps: False))
        assert 0 < scores[CRPS] < 50, changed
