"""Stand-ins for training: cheap to ask, and one that trains nothing but takes its time."""

from collections.abc import Mapping
from typing import Any

import optuna

from thermocline.systems.learning import CaseScore, Scores
from thermocline.tuning.pruning import rungs
from thermocline.tuning.trial import Attempt


def bowl(attempt: Attempt) -> Mapping[str, float]:
    """Best at a learning rate of 1e-3 and 6 sampling steps; reported at every rung."""
    settings = attempt.config.reconstruct
    rate, steps = settings.training.learning_rate, settings.sampling.steps
    value = 0.1 + abs(rate - 1e-3) * 100 + 0.01 * abs(steps - 6)
    for step in rungs(settings.training.steps):
        if step not in attempt.judged and attempt.judge(step, value * (2 - step / 1000)):
            raise optuna.TrialPruned
    values = {"validation_crps": value, "gated_crps": value / 2, "gflop_per_member": float(steps)}
    return Scores(values, [CaseScore(f"day {k}", value * (0.8 + 0.1 * k)) for k in range(5)])


class Failing:
    """A bowl whose attempts with these numbers (counted from 1) end in an exception."""

    def __init__(self, failing: set[int], problem: BaseException):
        self.failing, self.problem, self.calls = failing, problem, 0

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        self.calls += 1
        if self.calls in self.failing:
            raise self.problem
        return bowl(attempt)


class Notes:
    """An observer that remembers how trials ended."""

    def __init__(self) -> None:
        self.ends: list[tuple[int, str]] = []
        self.metrics: list[tuple[int, int, dict[str, float]]] = []
        self.notices: list[str] = []

    def on_study(self, study: optuna.Study) -> None: ...

    def on_notice(self, text: str) -> None:
        self.notices.append(text)

    def on_begin(self, number: int, overrides: Mapping[str, Any]) -> None: ...

    def on_metrics(self, number: int, step: int, metrics: Mapping[str, float]) -> None:
        self.metrics.append((number, step, dict(metrics)))

    def on_end(self, trial: Any, outcome: str) -> None:
        self.ends.append((trial.number, outcome))
