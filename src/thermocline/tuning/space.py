"""The search space of a study: the settings of params.yaml that trials may change."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NamedTuple

import optuna

from thermocline.config import Choice, Config, Dimension, Real
from thermocline.config.types import plain_kinds
from thermocline.errors import BadConfig
from thermocline.systems.config import parse_config, parse_section

Overrides = dict[str, Any]
Space = dict[str, Dimension]


TRIED = 64
"""Combinations of a space that are tried before its first trial."""


class Refused(BadConfig):
    """The settings of a trial cannot be used together."""


class Combinations(NamedTuple):
    """Combinations of a space that were drawn at random: those that can be used, and why not."""

    usable: tuple[Overrides, ...]
    refused: tuple[str, ...]


def search_space(config: Config, system: str) -> Space:
    """What is searched, by setting (dotted, within the system), found to be possible.

    Every study begins with the settings of params.yaml: a dimension that does not hold the value
    there is widened to hold it. `remarks` says so.

    Raises:
        BadConfig: for an empty space, a setting that does not exist, a value it cannot have with
            any others that were tried, a logarithmic range for one that is not above 0 in
            params.yaml, and a space of which more than half cannot be used.
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
        _check_kind(config, system, name, dimension, where)
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
    _check_usable(config, system, widened, where)
    return widened


def remarks(config: Config, system: str) -> list[str]:
    """What is to be known of a space before it is searched, a line each.

    Raises:
        BadConfig: see `search_space`.
    """
    lines, asked = [], config.section(system).tune.space
    for name, dimension in (space := search_space(config, system)).items():
        if dimension != asked[name]:
            value, ends = value_of(config, f"{system}.{name}"), _ends(dimension)
            all_ = ", ".join(map(str, ends)) if isinstance(dimension, Choice) else None
            lines.append(
                f"{name} is searched {f'among {all_}' if all_ else f'from {ends[0]} to {ends[1]}'}:"
                f" it is {value} in params.yaml, where every study begins"
            )
    tried = combinations(config, system, space)
    if tried.refused:
        lines.append(
            f"{len(tried.refused)} of {TRIED} combinations of the space cannot be used, and such "
            f"trials will fail: {tried.refused[0]}"
        )
    return lines


def combinations(config: Config, system: str, space: Space) -> Combinations:
    """`TRIED` combinations of a space, drawn with the seed of params.yaml."""
    key = (system, config.model_dump_json(), repr(space))
    if key not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[key] = _tried(config, system, space)
    return _KNOWN[key]


_KNOWN: dict[tuple[str, str, str], Combinations] = {}
"""What was tried last: a command asks for it several times."""


def _tried(config: Config, system: str, space: Space) -> Combinations:
    usable, refused = [], []
    sampler = optuna.samplers.RandomSampler(seed=config.seed)
    with _quiet():
        study = optuna.create_study(sampler=sampler)
        for _ in range(TRIED):
            overrides = suggest(study.ask(), space, system)
            try:
                _check(config, system, overrides)
            except BadConfig as problem:
                refused.append(problem.what)
            else:
                usable.append(overrides)
    return Combinations(tuple(usable), tuple(refused))


@contextmanager
def _quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _check_usable(config: Config, system: str, space: Space, where: str) -> None:
    """Raise BadConfig for a value that goes with no others, and if most combinations fail."""
    for name, dimension in space.items():
        for value in _ends(dimension):
            own = {f"{system}.{name}": value}
            try:
                _check(config, system, own, where)
            except BadConfig:
                usable = combinations(config, system, space).usable
                if not any(_goes(config, system, {**others, **own}) for others in usable):
                    raise
    refused = combinations(config, system, space).refused
    if len(refused) > TRIED / 2:
        raise BadConfig(
            f"{len(refused)} of {TRIED} combinations cannot be used, such as {refused[0]}",
            where=where,
            fix="search fewer settings at once, or leave out values that go with few others",
        )


def _goes(config: Config, system: str, overrides: Overrides) -> bool:
    try:
        _check(config, system, overrides)
    except BadConfig:
        return False
    return True


def _check_kind(config: Config, system: str, name: str, dimension: Dimension, where: str) -> None:
    """Raise BadConfig for a setting that there is not, and for numbers that it cannot be."""
    section = config.section(system)
    _put(section.model_dump(mode="json"), {name: None})
    parent, _, last = name.rpartition(".")
    fields = type(value_of(section, parent)).model_fields
    if last not in fields:
        near = get_close_matches(last, fields, n=1, cutoff=0.4)
        fix = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(fields)}"
        raise BadConfig(f"unknown key {name!r}", where=where, fix=fix)
    kinds = plain_kinds(fields[last].annotation)
    if not isinstance(dimension, Choice) and not kinds & {int, float}:
        raise BadConfig(f"{name} is no number", where=where, fix="write {choice: [a, b, …]}")
    if isinstance(dimension, Real) and float not in kinds:
        low, high = (round(each) for each in dimension.real)
        fix = f"write {{whole: [{low}, {high}]}}"
        raise BadConfig(f"{name} is a whole number", where=where, fix=fix)


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
    _put(values, overrides)
    return parse_config(values, where=where)


def unchecked(config: Config, overrides: Overrides) -> Config:
    """`config` with dotted overrides as they are, for the record of a trial that was refused."""

    def put(section: Any, names: list[str], value: Any) -> Any:
        own = put(getattr(section, names[0]), names[1:], value) if names[1:] else value
        return section.model_copy(update={names[0]: own})

    for dotted, value in overrides.items():
        config = put(config, dotted.split("."), value)
    return config


def _check(config: Config, system: str, overrides: Overrides, where: str = "trial") -> None:
    """Raise BadConfig unless a system's settings can be as some dotted overrides say."""
    section = config.section(system)
    values = {system: section.model_dump(mode="json", exclude={"tune"})}
    _put(values, overrides)
    parse_section(system, values[system], where)


def _put(values: dict[str, Any], overrides: Overrides) -> None:
    for dotted, value in overrides.items():
        *sections, last = dotted.split(".")
        place = values
        for section in sections:
            if not isinstance(place.get(section), dict):
                near = get_close_matches(section, [k for k in place if isinstance(place[k], dict)])
                hint = f"did you mean {near[0]!r}?" if near else ""
                raise BadConfig(f"no section {section!r}", where=dotted, fix=hint)
            place = place[section]
        place[last] = value


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
