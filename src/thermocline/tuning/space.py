"""The search space of a study: the settings of params.yaml that trials may change."""

import math
from typing import Any

import optuna

from thermocline.config import Choice, Config, Dimension, Real
from thermocline.errors import BadConfig
from thermocline.systems.config import parse_config

Overrides = dict[str, Any]
Space = dict[str, Dimension]


def search_space(config: Config, system: str) -> Space:
    """What is searched, by setting (dotted, within the system), found to be possible.

    Every study begins with the settings of params.yaml: a dimension that does not hold the value
    there is widened to hold it.

    Raises:
        BadConfig: for an empty space, a setting that does not exist, a value it cannot have, or a
            logarithmic range for one that is not above 0 in params.yaml.
    """
    space: Space = config.section(system).tune.space
    where = f"params.yaml: {system}.tune.space"
    if not space:
        raise BadConfig(
            "nothing to search",
            where=where,
            fix="name settings and their values, such as training.batch: {choice: [8, 16]}",
        )
    for name, dimension in space.items():
        if any(f"{name}.".startswith(f"{each}.") for each in config.section(system).in_common):
            raise BadConfig(
                f"{name!r} cannot be searched: all trials of a study have it in common",
                where=where,
                fix="set it in params.yaml, and sweep once with each value",
            )
        for value in _ends(dimension):
            override(config, {f"{system}.{name}": value}, where=where)
    widened = {}
    for name, dimension in space.items():
        value = value_of(config, f"{system}.{name}")
        if not isinstance(dimension, Choice) and dimension.log and value <= 0:
            raise BadConfig(
                f"{name} is {value} in params.yaml, where every study begins, and log needs "
                "numbers above 0",
                where=where,
                fix=f"leave out log, or set {system}.{name} to a number above 0",
            )
        widened[name] = _widened(dimension, value)
    return widened


def defaults(config: Config, system: str) -> Overrides:
    """The searched settings as they are in params.yaml, by setting."""
    space = config.section(system).tune.space
    return {name: value_of(config, f"{system}.{name}") for name in space}


def suggest(trial: optuna.Trial, space: Space, system: str) -> Overrides:
    """Dotted overrides of params.yaml for one trial; numbers that were drawn are rounded.

    To three digits, or to a hundredth of the range's leading digit where that is finer. Optuna
    keeps the numbers as drawn; a value of params.yaml that has more digits is tried as rounded.
    """
    return {f"{system}.{name}": _draw(trial, name, each) for name, each in space.items()}


def override(config: Config, overrides: Overrides, where: str = "trial") -> Config:
    """`config` with dotted overrides, validated again; raises BadConfig for unknown ones."""
    values = config.model_dump(mode="json")
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = values
        for section in sections:
            if not isinstance(place.get(section), dict):
                raise BadConfig(f"no section {section!r}", where=dotted)
            place = place[section]
        place[last] = value
    return parse_config(values, where=where)


def value_of(config: Config, dotted: str) -> Any:
    """The value of a dotted setting."""
    place: Any = config
    for name in dotted.split("."):
        place = getattr(place, name)
    return place


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


def _ends(dimension: Dimension) -> tuple[Any, ...]:
    if isinstance(dimension, Choice):
        return dimension.choice
    return dimension.real if isinstance(dimension, Real) else dimension.whole


def _widened(dimension: Dimension, value: Any) -> Dimension:
    """The dimension, and `value` in it."""
    if isinstance(dimension, Choice):
        held = value in dimension.choice
        return (
            dimension
            if held
            else dimension.model_copy(update={"choice": (*dimension.choice, value)})
        )
    low, high = _ends(dimension)
    kind = "real" if isinstance(dimension, Real) else "whole"
    return dimension.model_copy(update={kind: (min(low, value), max(high, value))})
