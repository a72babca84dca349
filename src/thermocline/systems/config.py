"""params.yaml: the shared sections, and the section of every system there is.

An unknown key is an error that names it and suggests the nearest known one; a wrong type or an
impossible value is an error that names the key and what it may be.
"""

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError, create_model

from thermocline import systems
from thermocline.config import Config, strict_yaml
from thermocline.config.types import WISHED, plain_kinds
from thermocline.config.words import described
from thermocline.errors import BadConfig


@cache
def config_class() -> type[Config]:
    """`Config` with a field for each system: its section, with defaults where the file has none."""
    sections: dict[str, Any] = {}
    for name in systems.names():
        section = systems.get(name).section
        sections[name] = (section, section())
    return create_model("Config", __base__=Config, __doc__=Config.__doc__, **sections)


def load_config(
    path: str | Path = "params.yaml", overrides: dict[str, Any] | None = None
) -> Config:
    """Read params.yaml, with dotted `overrides` such as `{"seed": 3}`.

    Raises:
        BadConfig: for a missing or unreadable file, an unknown key (the nearest is suggested) or
            an impossible value; all problems of the file are listed at once.
    """
    import yaml

    path = Path(path)
    if not path.is_file():
        raise BadConfig("no such file", where=str(path), fix="run in the project's folder")
    try:
        values = strict_yaml.load(path.read_text(encoding="utf-8"))
    except UnicodeError as problem:
        raise BadConfig("not UTF-8", where=str(path), fix="save it as UTF-8") from problem
    except yaml.YAMLError as problem:
        mark, said = getattr(problem, "problem_mark", None), getattr(problem, "problem", None)
        line = f" in line {mark.line + 1}" if mark else ""
        if "'\\t'" in str(said):
            said = "a tab: use spaces"
        raise BadConfig(f"not valid YAML{line}: {said or problem}", where=str(path)) from problem
    if not isinstance(values, dict):
        raise BadConfig("expected keys and values", where=str(path))
    if dated := next(_dates(values), None):
        raise BadConfig(
            f"{dated} is a date, which DVC does not read",
            where=str(path),
            fix='put it in quotes, such as "2003-01-01"',
        )
    for dotted, value in (overrides or {}).items():
        _set(values, dotted.split("."), value)
    config = parse_config(values, where=str(path))
    if not overrides:
        _check_stated(config, str(path))
    return config


def parse_config(values: dict[str, Any], where: str = "params.yaml") -> Config:
    """Typed configuration from a plain dictionary; raises BadConfig like `load_config`."""
    try:
        return config_class().model_validate(values, context={WISHED: True})
    except ValidationError as problem:
        raise BadConfig(explained(problem, config_class()), where=where) from problem


MAX_NAMED = 4
"""As many missing settings are named."""


def _check_stated(config: Config, where: str) -> None:
    """Raise BadConfig if the file leaves out what it has to say: see `SystemSection.stated`."""
    missing = []
    for system in config.model_fields_set & set(systems.names()):
        section = config.section(system)
        for name in section.stated:
            *within, last = name.split(".")
            place = section
            for part in within:
                place = getattr(place, part)
            if last not in place.model_fields_set:
                missing.append(f"{system}.{name}")
    if missing:
        more = f", and {len(missing) - MAX_NAMED} more" if len(missing) > MAX_NAMED else ""
        raise BadConfig(
            f"{', '.join(missing[:MAX_NAMED])}{more}: not there",
            where=where,
            fix="give each a value; what Thermocline comes with is in its own params.yaml",
        )


def parse_section(system: str, values: dict[str, Any], where: str) -> Any:
    """A system's section alone from a plain dictionary; raises BadConfig like `load_config`."""
    section: Any = config_class().model_fields[system].annotation
    try:
        return section.model_validate(values, context={WISHED: True})
    except ValidationError as problem:
        raise BadConfig(explained(problem, section, f"{system}."), where=where) from problem


def _dates(values: Any, place: str = "") -> Iterator[str]:
    """Where YAML has read a date."""
    if isinstance(values, date):
        yield place
    elif isinstance(values, dict | list):
        parts = values.items() if isinstance(values, dict) else enumerate(values)
        for key, value in parts:
            yield from _dates(value, f"{place}.{key}" if place else str(key))


def _set(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise BadConfig(f"{'.'.join(keys)}: {key} holds a value, not a section")
    values[keys[-1]] = value


def explained(problem: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """All that is wrong with the settings of a section, each place once.

    Args:
        prefix: the section's dotted name, with a dot behind.
    """
    places: dict[str, list[str]] = {}
    for error in problem.errors():
        place, said = _explain(error, model, prefix)
        places.setdefault(place, []).append(said)
    own = lambda said: next((each for each in said if "finite number" in each), said[0])
    return "; ".join(own(said) for said in places.values())


KINDS = ("_type", "_parsing")
"""Ends of pydantic's names for a value of another type."""
OWN = ("value_error", "dimension", "missing", "finite_number")
"""Kinds of errors that say what is wrong by themselves."""


def _explain(error: Any, model: type[BaseModel], prefix: str) -> tuple[str, str]:
    """The place of an error, and what is wrong there."""
    names, annotation, several = _place(error["loc"], model)
    place, kind = prefix + ".".join(names), str(error["type"])
    if kind == "extra_forbidden":
        last = str(error["loc"][-1])
        place = f"{place}.{last}" if names else f"{prefix}{last}"
        known = list(getattr(annotation, "model_fields", ()))
        near = get_close_matches(last, known, n=1, cutoff=0.4)
        others = f"known keys: {', '.join(known)}" if known else "remove it"
        hint = f"did you mean {near[0]!r}?" if near else others
        return place, f"unknown key {place!r}; {hint}"
    said, given = error["msg"].removeprefix("Value error, "), error["input"]
    if kind not in OWN and (several or kind.endswith(KINDS)):
        wanted = described(annotation)
        said = f"give {wanted}" + (", or leave the line out" if wanted == "settings" else "")
    got = "" if isinstance(given, dict) else f" (got {given!r:.200})"
    return place, f"{place}: {said}{got}"


def _place(location: tuple[Any, ...], model: type[BaseModel]) -> tuple[list[str], Any, bool]:
    """Where an error is: the names that the file has there, without pydantic's own.

    Also the type there, and whether it is one of several, of which pydantic tells each.
    """
    names: list[str] = []
    annotation: Any = model
    for part in location:
        kinds = plain_kinds(annotation)
        models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        holds = next((kind for kind in models if part in kind.model_fields), None)
        lists, dicts = ([k for k in kinds if get_origin(k) is each] for each in (tuple, dict))
        within = lists if isinstance(part, int) else dicts
        if holds is not None and len(models) > 1:  # one of several sections, named by its key
            annotation = holds
        elif holds is not None:
            names.append(str(part))
            annotation = holds.model_fields[part].annotation
        elif within:
            names.append(str(part))
            items = get_args(within[0])
            annotation = items[0] if items[1:] == (...,) else items[-1]
    return names, annotation, len(plain_kinds(annotation) - {NoneType}) > 1
