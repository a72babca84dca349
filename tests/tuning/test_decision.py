"""What is trained is what params.yaml says, unless paired cases show a trial better."""

import optuna
import pytest

from thermocline.systems.config import load_config
from thermocline.tuning.decision import KEEPS, decide, report
from thermocline.tuning.study import CASES, DEFAULT, OVERRIDES, STEPS

RATE = "reconstruct.training.learning_rate"
HARD = [0.2, 0.5, 0.3, 0.9, 0.4, 0.6]


def study_of(*trials: tuple[float, list[float]], default: int = 0) -> optuna.Study:
    """A study of trials with these learning rates and CRPS by case."""
    study = optuna.create_study()
    for number, (rate, crps) in enumerate(trials):
        attributes = {
            CASES: [[f"2005-{month:02d}", value, 1.0] for month, value in enumerate(crps)],
            OVERRIDES: {RATE: rate},
            DEFAULT: number == default,
        }
        mean = sum(crps) / len(crps)
        study.add_trial(optuna.trial.create_trial(value=mean, user_attrs=attributes))
    return study


def times(factor: float, noise: float = 0.0) -> list[float]:
    return [value * (factor + noise * (-1) ** n) for n, value in enumerate(HARD)]


def test_a_trial_that_is_better_by_luck_replaces_nothing() -> None:
    """0.2 % on average, and worse in every second case."""
    decision = decide(study_of((2e-3, HARD), (1.76e-3, times(0.99, 0.03)), (1e-3, times(1.1))))
    assert decision.trial is not None and decision.trial.number == 0 and not decision.overrides
    assert decision.why.startswith(f"{KEEPS}: no trial is shown better (best: trial 1, ")
    assert "% lower on 6 validation cases [-" in decision.why


def test_a_trial_that_is_better_everywhere_replaces_its_settings() -> None:
    """However much harder some cases are than others."""
    decision = decide(study_of((2e-3, HARD), (1e-3, times(0.95, 0.01)), (3e-3, times(0.99))))
    assert decision.trial is not None and decision.trial.number == 1
    assert decision.overrides == {RATE: 1e-3}
    assert "trial 1's CRPS is 4." in decision.why or "trial 1's CRPS is 5." in decision.why
    found = {"overrides": decision.overrides, "why": decision.why}
    first, second = report(load_config(), found)
    assert "not those of params.yaml: trial 1's CRPS" in first
    assert second == f"  {RATE} 0.002 -> 0.001"


@pytest.mark.parametrize(("had", "taken"), [(99, 0), (100, 1)])
def test_few_steps_say_nothing_of_many(had: int, taken: int) -> None:
    """A quarter of 400 by default, whatever the cases show."""
    study = study_of((2e-3, HARD), (1e-3, times(0.9)))
    study.set_user_attr(STEPS, had)
    decision = decide(study, load_config().section("reconstruct").tune.needed(400))
    assert decision.trial is not None and decision.trial.number == taken
    assert bool(decision.overrides) is bool(taken)
    words = f"10.0 % lower on 6 validation cases [10.0, 10.0], but after {had} steps; 100 are"
    assert (words in decision.why) is not taken


def test_params_yaml_is_best() -> None:
    decision = decide(study_of((2e-3, HARD), (1e-3, times(1.01))))
    assert decision.trial is not None and decision.trial.number == 0
    assert report(load_config(), {"overrides": {}, "why": decision.why}) == [
        "The settings of params.yaml are trained: no trial is better."
    ]


@pytest.mark.parametrize("cases", [HARD[:1], []])
def test_too_few_cases_show_nothing(cases: list[float]) -> None:
    study = study_of((2e-3, HARD[:1]), (1e-3, [0.1]))
    if not cases:
        study = optuna.create_study()
        for value, default in ((0.5, True), (0.1, False)):
            given = {DEFAULT: default, OVERRIDES: {RATE: 1e-3}}
            study.add_trial(optuna.trial.create_trial(value=value, user_attrs=given))
    decision = decide(study)
    assert not decision.overrides and "too few validation cases" in decision.why


def test_a_default_that_failed_is_trained_all_the_same() -> None:
    decision = decide(study_of((1e-3, HARD), default=-1))
    assert decision.trial is None and not decision.overrides and "failed" in decision.why
