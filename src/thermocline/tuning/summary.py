"""What a sweep found, to be read: every trial's fate, the best ones, and what to do with them."""

from typing import Any

import optuna
import yaml
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

from thermocline.errors import ThermoclineError
from thermocline.tuning.decision import KEEPS, decide
from thermocline.tuning.overrides import Overrides
from thermocline.tuning.storage import RETRIES
from thermocline.tuning.study import (
    DEFAULT,
    FAILURE,
    STEPS,
    best_trials,
    changes,
    crps_of,
    default_trial,
    failures,
    outcome,
)


def table(study: optuna.Study, count: int = 5) -> Table:
    """The best trials with what they changed, and the default: a column each, best first."""
    best, default = best_trials(study, count), default_trial(study)
    if default is not None and default.number not in {trial.number for trial in best}:
        best.append(default)
    result = Table(title=counts(study), box=None, padding=(0, 1, 0, 1))
    result.add_column("trial")
    for trial in best:
        mark = "*" if trial.user_attrs.get(DEFAULT) else ""
        result.add_column(f"{mark}{trial.number}", justify="right")
    result.add_row("CRPS", *(f"{crps_of(trial):.4f}" for trial in best))
    if len(study.directions) == 2:
        result.add_row("GFLOP a member", *(_text(trial.values[1]) for trial in best))
    for name in best[0].params if best else []:
        result.add_row(name, *(_text(trial.params.get(name, "–")) for trial in best))
    if default is not None:
        result.caption = "* the settings of params.yaml"
    return result


def counts(study: optuna.Study) -> str:
    """How many trials ended how, in words."""
    ends = [outcome(trial) for trial in study.get_trials(deepcopy=False)]
    parts = [f"{ends.count(end)} {end}" for end in ("complete", "pruned", "failed", "killed")]
    return "Trials: " + ", ".join(part for part in parts if not part.startswith("0 "))


def line(trial: FrozenTrial, end: str) -> str:
    """How a trial ended, in one line."""
    name = f"trial {trial.number}"
    if end == "complete":
        cost = f", {_text(trial.values[1])} GFLOP a member" if len(trial.values or []) == 2 else ""
        return f"{name}: CRPS {crps_of(trial):.4f}{cost}"
    if end == "pruned":
        step = trial.last_step
        value = f"{trial.intermediate_values[step]:.4f}" if step is not None else "?"
        return f"{name}: pruned at step {step}, CRPS {value}"
    if end == "failed":
        return f"{name}: failed: {trial.user_attrs[FAILURE]}"
    return f"{name}: killed; such trials are tried again, {RETRIES} times at most"


def failed(study: optuna.Study) -> list[str]:
    """A line for each trial that failed by itself."""
    return [f"trial {number}: failed: {reason}" for number, reason in failures(study).items()]


def advice(study: optuna.Study, needed: int = 0) -> str:
    """What to do with the best trial: lines for params.yaml, unless they are there already.

    Args:
        needed: see `decide`.
    """
    best, default, decision = _best(study), default_trial(study), decide(study, needed)
    steps = study.user_attrs[STEPS]
    against = ""
    if default is not None:
        gain = 1 - crps_of(best) / crps_of(default)
        if best.number == default.number:
            return f"No trial of {steps} steps was better than the settings of params.yaml."
        against = f", {gain:.1%} below that of params.yaml"
    lines = yaml.safe_dump(nested(changes(best)), sort_keys=False).rstrip()
    return (
        f"Trial {best.number} is the best: CRPS {crps_of(best):.4f}{against}.\n"
        f"By the rule of `dvc repro`: {decision.why}.\n"
        f"To use it, set in params.yaml (trials trained for {steps} steps; keep your own "
        f"training.steps):\n{lines}"
    )


def nested(overrides: Overrides) -> dict[str, Any]:
    """Dotted names as nested dictionaries."""
    result: dict[str, Any] = {}
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return result


def winner(study: optuna.Study, shown: str, needed: int = 0) -> dict[str, Any]:
    """What training takes from a study, as plain JSON values (see `decision`).

    Args:
        shown: the storage's address, without its password.
        needed: see `decide`.

    Raises:
        ThermoclineError: if no trial was completed.
    """
    decision, default = decide(study, needed), default_trial(study)
    taken = decision.trial
    ends = [trial.state for trial in study.get_trials(deepcopy=False)]
    return {
        "study": study.study_name,
        "trial": taken.number if taken else 0,
        "value": crps_of(taken) if taken else None,
        "default_value": None if default is None else crps_of(default),
        "overrides": decision.overrides,
        "why": decision.why,
        "trials": ends.count(TrialState.COMPLETE) + ends.count(TrialState.PRUNED),
        "failed": len(failures(study)),
        "steps": study.user_attrs[STEPS],
        "storage": shown,
    }


def _best(study: optuna.Study) -> FrozenTrial:
    if best := best_trials(study, 1):
        return best[0]
    raise ThermoclineError(
        f"no trial was completed ({counts(study).lower()})",
        where=study.study_name,
        fix="ask for more trials, or set pruner: none",
    )


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def nothing_searched() -> dict[str, Any]:
    """What training takes where params.yaml names nothing to search."""
    empty: dict[str, Any] = dict.fromkeys(("trial", "trials", "failed", "steps"), 0)
    empty |= dict.fromkeys(("value", "default_value")) | dict.fromkeys(("study", "storage"), "")
    why = f"nothing is searched: {KEEPS}"
    return empty | {"overrides": {}, "why": why}
