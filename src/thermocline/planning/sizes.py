"""What can be planned: a system with the settings of params.yaml, or a preset of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from thermocline import systems
from thermocline.errors import BadConfig
from thermocline.systems.workload import Preset, Shape, Workload


@dataclass(frozen=True, kw_only=True)
class Size:
    """A system at some settings.

    Attributes:
        name: of the preset or of the system.
        preset: None for the settings of params.yaml.
    """

    name: str
    system: str
    preset: Preset | None
    workload: Workload


def presets() -> dict[str, tuple[str, Preset]]:
    """Every preset of every system, with the system's name, by its own."""
    found: dict[str, tuple[str, Preset]] = {}
    for name in systems.names():
        for preset in getattr(systems.get(name), "presets", ()):
            if preset.name in found:
                raise BadConfig(
                    f"{found[preset.name][0]} and {name} both have a preset {preset.name!r}",
                    where="presets",
                    fix="rename one of them",
                )
            found[preset.name] = (name, preset)
    return found


def size(
    name: str, params: Path = Path("params.yaml"), grid: tuple[int, int] | None = None
) -> Size:
    """A preset, or a system with the settings of `params`.

    Args:
        grid: rows and columns of states, instead of the preset's or the bundled ones'.

    Raises:
        BadConfig: if there is no preset and no system of that name; or see `load_config`.
    """
    known = presets()
    if name in known:
        system, preset = known[name]
        section = section_of(system, preset.settings)
        workload = systems.get(system).workload(section, _on(preset.shape, grid))
        return Size(name=name, system=system, preset=preset, workload=workload)
    if name not in systems.names():
        names = [*known, *systems.names()]
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise BadConfig(
            f"no preset or system {name!r}",
            where="plan",
            fix=f"{hint}presets: {', '.join(known)}; systems: {', '.join(systems.names())}",
        )
    from thermocline.systems.config import load_config

    found = systems.get(name)
    if not hasattr(found, "workload"):
        raise BadConfig(
            f"the system {name!r} does not say what it computes",
            where="workload",
            fix="see systems/protocol.py, or plan another one",
        )
    section = load_config(params).section(name)
    workload = found.workload(section)
    if grid:
        workload = found.workload(section, _on(workload.shape, grid))
    return Size(name=name, system=name, preset=None, workload=workload)


def _on(shape: Shape, grid: tuple[int, int] | None) -> Shape:
    return Shape(shape.channels, *grid) if grid else shape


def section_of(system: str, settings: Mapping[str, Any]) -> Any:
    """A system's section: its defaults, changed.

    Args:
        settings: values or groups of them by dotted names below the section.

    Raises:
        BadConfig: for an unknown name or an impossible value.
    """
    values: dict[str, Any] = {}
    for dotted, value in settings.items():
        *path, last = dotted.split(".")
        place = values
        for key in path:
            place = place.setdefault(key, {})
        place[last] = {**place.get(last, {}), **value} if isinstance(value, Mapping) else value
    try:
        return systems.get(system).section.model_validate(values)
    except ValidationError as problem:
        raise BadConfig(str(problem), where=f"preset of {system}") from problem
