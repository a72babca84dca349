"""What a sweep found, to be read: the best trials, and what to put in params.yaml."""

from typing import Any

import optuna
import yaml
from rich.table import Table

from thermocline.tuning.space import Overrides
from thermocline.tuning.study import FINISHED, STEPS, SYSTEM, changes, finished


def best_trials(study: optuna.Study, count: int = 5) -> list[optuna.trial.FrozenTrial]:
    """The finished trials with the smallest CRPS, best first."""
    trials = study.get_trials(states=(FINISHED,))
    return sorted(trials, key=lambda trial: (trial.value, trial.number))[:count]


def table(study: optuna.Study, count: int = 5) -> Table:
    """The best trials with what they changed, one row each."""
    best = best_trials(study, count)
    names = list(best[0].params)
    title = f"The best of {finished(study)} finished trials"
    result = Table(title=title, box=None, padding=(0, 1, 0, 0))
    for heading in ("trial", "CRPS °C", *names):
        result.add_column(heading.replace("_", "\n"), justify="right")
    for trial in best:
        cells = (_text(trial.params[name]) for name in names)
        result.add_row(str(trial.number), f"{trial.value:.4f}", *cells)
    return result


def line(trial: optuna.trial.FrozenTrial) -> str:
    """How a trial ended, in one line."""
    if trial.state == FINISHED:
        return f"trial {trial.number}: CRPS {trial.value:.4f} °C"
    reason = trial.user_attrs.get("failure", "interrupted")
    return f"trial {trial.number}: failed: {reason}"


def advice(study: optuna.Study) -> str:
    """The best trial as lines of params.yaml.

    The sweep's own number of training steps is left out: it was chosen to be cheap.
    """
    system, steps = study.user_attrs[SYSTEM], study.user_attrs[STEPS]
    overrides = changes(study.best_trial)
    overrides.pop(f"{system}.training.steps", None)
    lines = yaml.safe_dump(nested(overrides), sort_keys=False).rstrip()
    return f"To use trial {study.best_trial.number}, set in params.yaml " + (
        f"(trials trained for {steps} steps; keep your own training.steps):\n{lines}"
    )


def nested(overrides: Overrides) -> dict[str, Any]:
    """Dotted names as nested dictionaries; numbers that were drawn are cut to 3 digits."""
    result: dict[str, Any] = {}
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = float(f"{value:.3g}") if isinstance(value, float) else value
    return result


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
