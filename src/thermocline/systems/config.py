"""params.yaml: the shared sections, and the section of every system there is.

An unknown key is an error that names it and suggests the nearest known one; a wrong type or an
impossible value is an error that names the key and what it may be.
"""

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from thermocline import systems
from thermocline.config import Config, strict_yaml
from thermocline.config.types import WISHED
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
    return parse_config(values, where=str(path))


def parse_config(values: dict[str, Any], where: str = "params.yaml") -> Config:
    """Typed configuration from a plain dictionary; raises BadConfig like `load_config`."""
    try:
        return config_class().model_validate(values, context={WISHED: True})
    except ValidationError as problem:
        lines = [_explain(error) for error in problem.errors()]
        raise BadConfig("; ".join(lines), where=where) from problem


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


def _explain(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(config_class(), error["loc"][:-1])
        near = get_close_matches(str(error["loc"][-1]), known, n=1, cutoff=0.4)
        others = f"known keys: {', '.join(known)}" if known else "remove it"
        hint = f"did you mean {near[0]!r}?" if near else others
        return f"unknown key {place!r}; {hint}"
    said, given = error["msg"].removeprefix("Value error, "), error["input"]
    return f"{place}: {said}" + ("" if isinstance(given, dict) else f" (got {given!r:.200})")


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    for part in location:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
