"""Settings by their dotted names, such as `training.batch`: read, and put in place of others."""

from difflib import get_close_matches
from typing import Any

from thermocline.config import Config
from thermocline.errors import BadConfig
from thermocline.systems.config import parse_config

Overrides = dict[str, Any]
"""Values by dotted name."""


def value_of(config: Config, dotted: str) -> Any:
    """The value of a dotted setting."""
    place: Any = config
    for name in dotted.split("."):
        place = getattr(place, name)
    return place


def override(config: Config, overrides: Overrides, where: str = "trial") -> Config:
    """`config` with dotted overrides, validated again; raises BadConfig for unknown ones."""
    values = config.model_dump(mode="json")
    put(values, overrides)
    return parse_config(values, where=where)


def unchecked(config: Config, overrides: Overrides) -> Config:
    """`config` with dotted overrides as they are, for the record of a trial that was refused."""

    def held(section: Any, names: list[str], value: Any) -> Any:
        own = held(getattr(section, names[0]), names[1:], value) if names[1:] else value
        return section.model_copy(update={names[0]: own})

    for dotted, value in overrides.items():
        config = held(config, dotted.split("."), value)
    return config


def put(values: dict[str, Any], overrides: Overrides) -> None:
    """Change plain values in place; raises BadConfig for a section that they do not have."""
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
