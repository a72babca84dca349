"""The search space of a sweep: what a trial may change in params.yaml."""

from typing import Any

import optuna

Overrides = dict[str, Any]


def suggest(trial: optuna.Trial, system: str) -> Overrides:
    """Dotted overrides of params.yaml for one trial."""
    key = lambda name: f"{system}.{name}"
    guidance = trial.suggest_categorical("guidance", ["pigdm", "mmps", "none"])
    return {
        key("process.schedule"): trial.suggest_categorical(
            "schedule", ["edm", "cosine", "linear", "sigmoid", "flow"]
        ),
        key("process.parameterisation"): trial.suggest_categorical(
            "parameterisation", ["edm", "v", "x0"]
        ),
        key("training.learning_rate"): trial.suggest_float("learning_rate", 3e-4, 3e-3, log=True),
        key("network.width"): trial.suggest_categorical("width", [32, 48, 64]),
        key("sampling.guidance"): guidance,
        key("sampling.sigma_start"): trial.suggest_float("sigma_start", 0.2, 2.0, log=True),
        key("sampling.steps"): trial.suggest_int("steps", 3, 10),
    }
