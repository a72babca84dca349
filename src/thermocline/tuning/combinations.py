"""Which values of a search space can be used together: combinations are drawn and tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import optuna

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.systems.config import parse_section
from thermocline.tuning.dimensions import Space, ends, suggest
from thermocline.tuning.overrides import Overrides, put

TRIED = 64
"""Combinations of a space that are tried before its first trial."""


class Combinations(NamedTuple):
    """Combinations of a space that were drawn at random: those that can be used, and why not."""

    usable: tuple[Overrides, ...]
    refused: tuple[str, ...]


def combinations(config: Config, system: str, space: Space) -> Combinations:
    """`TRIED` combinations of a space, drawn with the seed of params.yaml."""
    key = (system, config.model_dump_json(), repr(space))
    if key not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[key] = _tried(config, system, space)
    return _KNOWN[key]


_KNOWN: dict[tuple[str, str, str], Combinations] = {}
"""What was tried last: a command asks for it several times."""


def check_usable(config: Config, system: str, space: Space, where: str) -> None:
    """Raise BadConfig for a value that goes with no others, and if most combinations fail."""
    for name, dimension in space.items():
        for value in ends(dimension):
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


def _goes(config: Config, system: str, overrides: Overrides) -> bool:
    try:
        _check(config, system, overrides)
    except BadConfig:
        return False
    return True


def _check(config: Config, system: str, overrides: Overrides, where: str = "trial") -> None:
    """Raise BadConfig unless a system's settings can be as some dotted overrides say."""
    section = config.section(system)
    values = {system: section.model_dump(mode="json", exclude={"tune"})}
    put(values, overrides)
    parse_section(system, values[system], where)
