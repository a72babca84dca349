"""The search space of a study: the settings of params.yaml that trials may change."""

from difflib import get_close_matches

from thermocline.config import Choice, Config, Dimension, Real
from thermocline.config.types import plain_kinds
from thermocline.errors import BadConfig
from thermocline.tuning.combinations import TRIED, check_usable, combinations
from thermocline.tuning.dimensions import Space, ends, holding
from thermocline.tuning.overrides import Overrides, put, value_of


class Refused(BadConfig):
    """The settings of a trial cannot be used together."""


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
    found = {}
    for name, dimension in space.items():
        value = value_of(config, f"{system}.{name}")
        if not isinstance(dimension, Choice) and dimension.log and value <= 0:
            raise BadConfig(
                f"{name} is {value} in params.yaml, where every study begins, and log needs "
                "numbers above 0",
                where=where,
                fix=f"leave out log, or set {system}.{name} to a number above 0",
            )
        found[name] = holding(dimension, value)
    check_usable(config, system, found, where)
    return found


def remarks(config: Config, system: str) -> list[str]:
    """What is to be known of a space before it is searched, a line each.

    Raises:
        BadConfig: see `search_space`.
    """
    lines, asked = [], config.section(system).tune.space
    for name, dimension in (space := search_space(config, system)).items():
        if dimension != asked[name]:
            value, values = value_of(config, f"{system}.{name}"), ends(dimension)
            among = f"among {', '.join(map(str, values))}"
            where = among if isinstance(dimension, Choice) else f"from {values[0]} to {values[1]}"
            begins = f"it is {value} in params.yaml, where every study begins"
            lines.append(f"{name} is searched {where}: {begins}")
    tried = combinations(config, system, space)
    if tried.refused:
        lines.append(
            f"{len(tried.refused)} of {TRIED} combinations of the space cannot be used, and such "
            f"trials will fail: {tried.refused[0]}"
        )
    return lines


def _check_kind(config: Config, system: str, name: str, dimension: Dimension, where: str) -> None:
    """Raise BadConfig for a setting that there is not, and for numbers that it cannot be."""
    section = config.section(system)
    put(section.model_dump(mode="json"), {name: None})
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
