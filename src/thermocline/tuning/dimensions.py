"""The dimensions of a search space: their ends, widened to hold a value, and drawn from."""

import math
from typing import Any

import optuna

from thermocline.config import Choice, Dimension, Real
from thermocline.tuning.overrides import Overrides

Space = dict[str, Dimension]
"""What is searched, by setting (dotted, within the system)."""


def suggest(trial: optuna.Trial, space: Space, system: str) -> Overrides:
    """Dotted overrides of params.yaml for one trial; numbers that were drawn are rounded.

    To three digits, or to a hundredth of the range's leading digit where that is finer. Optuna
    keeps the numbers as drawn; a value of params.yaml that has more digits is tried as rounded.
    """
    return {f"{system}.{name}": _draw(trial, name, each) for name, each in space.items()}


def ends(dimension: Dimension) -> tuple[Any, ...]:
    """All values of a choice; the lowest and the highest of a range."""
    if isinstance(dimension, Choice):
        return dimension.choice
    return dimension.real if isinstance(dimension, Real) else dimension.whole


def holding(dimension: Dimension, value: Any) -> Dimension:
    """The dimension, widened if it does not hold `value`."""
    if isinstance(dimension, Choice):
        added = () if value in dimension.choice else (value,)
        return dimension.model_copy(update={"choice": (*dimension.choice, *added)})
    low, high = ends(dimension)
    kind = "real" if isinstance(dimension, Real) else "whole"
    return dimension.model_copy(update={kind: (min(low, value), max(high, value))})


def _draw(trial: optuna.Trial, name: str, dimension: Dimension) -> Any:
    if isinstance(dimension, Choice):
        return trial.suggest_categorical(name, dimension.choice)
    if isinstance(dimension, Real):
        drawn = trial.suggest_float(name, *dimension.real, log=dimension.log)
        return _rounded(drawn, *dimension.real)
    return trial.suggest_int(name, *dimension.whole, log=dimension.log)


def _rounded(value: float, low: float, high: float) -> float:
    """With three digits; more if the range needs them, as that of 0.99 to 0.9999 does."""
    places = [2 - math.floor(math.log10(abs(size))) for size in (value, high - low) if size]
    return min(max(round(value, max(places, default=0)), low), high)
