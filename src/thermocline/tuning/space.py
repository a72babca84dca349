"""The search space of a study: the settings of params.yaml that trials may change."""

from typing import Any

import optuna

from thermocline.config import Choice, Config, Dimension, Real
from thermocline.errors import BadConfig
from thermocline.systems.config import parse_config

Overrides = dict[str, Any]
Space = dict[str, Dimension]


def search_space(config: Config, system: str) -> Space:
    """What is searched, by setting (dotted, within the system), found to be possible.

    Raises:
        BadConfig: for an empty space, a setting that does not exist, a value it cannot have, or
            a space that does not hold the value in params.yaml, with which every study begins.
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
        for value in _ends(dimension):
            override(config, {f"{system}.{name}": value}, where=where)
        default = value_of(config, f"{system}.{name}")
        if not _holds(dimension, default):
            raise BadConfig(
                f"{name} does not hold {default!r}, the value in params.yaml, which is tried first",
                where=where,
                fix=f"add it, or set {system}.{name} to a value of the space",
            )
    return space


def defaults(config: Config, system: str) -> Overrides:
    """The searched settings as they are in params.yaml, by setting."""
    space = config.section(system).tune.space
    return {name: value_of(config, f"{system}.{name}") for name in space}


def suggest(trial: optuna.Trial, space: Space, system: str) -> Overrides:
    """Dotted overrides of params.yaml for one trial; numbers that were drawn are cut to 3 digits.

    Optuna keeps the numbers uncut; a value of params.yaml that has more digits is tried as cut.
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
        return float(f"{trial.suggest_float(name, *dimension.real, log=dimension.log):.3g}")
    return trial.suggest_int(name, *dimension.whole, log=dimension.log)


def _ends(dimension: Dimension) -> tuple[Any, ...]:
    if isinstance(dimension, Choice):
        return dimension.choice
    return dimension.real if isinstance(dimension, Real) else dimension.whole


def _holds(dimension: Dimension, value: Any) -> bool:
    low, *_, high = ends = (*_ends(dimension), _ends(dimension)[-1])
    return value in ends if isinstance(dimension, Choice) else bool(low <= value <= high)
