"""The search space of a sweep: what a trial may change in params.yaml."""

from typing import Any

import optuna

Overrides = dict[str, Any]

SEARCHED = (
    "process.schedule",
    "process.parameterisation",
    "training.learning_rate",
    "network.width",
    "sampling.guidance",
    "sampling.sigma_start",
    "sampling.steps",
)


def suggest(trial: optuna.Trial, system: str) -> Overrides:
    """Dotted overrides of params.yaml for one trial, in the order of `SEARCHED`."""
    values = (
        trial.suggest_categorical("schedule", ["edm", "cosine", "linear", "sigmoid", "flow"]),
        trial.suggest_categorical("parameterisation", ["edm", "v", "x0"]),
        trial.suggest_float("learning_rate", 3e-4, 3e-3, log=True),
        trial.suggest_categorical("width", [32, 48, 64]),
        trial.suggest_categorical("guidance", ["pigdm", "mmps", "none"]),
        trial.suggest_float("sigma_start", 0.2, 2.0, log=True),
        trial.suggest_int("steps", 3, 10),
    )
    return {f"{system}.{name}": value for name, value in zip(SEARCHED, values, strict=True)}
