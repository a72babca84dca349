"""The diffusion systems. Each is one sub-package that exports `SYSTEM`; see `systems.protocol`.

A system outside this repository is an entry point of the group `thermocline.systems`: its name, and
the object that it calls `SYSTEM`. Nothing heavy is imported to list systems or to look one up.
"""

import json
import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from thermocline.errors import BadConfig, BadFile
from thermocline.systems.endpoint import Endpoint
from thermocline.systems.protocol import System

GROUP = "thermocline.systems"


def names() -> tuple[str, ...]:
    """Names of all systems: those of this package in alphabetical order, then those plugged in."""
    return (*_built_in(), *_plugged_in())


@cache
def get(name: str) -> System:
    """The system of that name.

    Raises:
        BadConfig: if there is none, or if a plugged-in one calls itself something else.
    """
    if name in _built_in():
        return import_module(f"{__name__}.{name}").SYSTEM
    plugged_in = _plugged_in()
    if name not in plugged_in:
        near = get_close_matches(str(name), names(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise BadConfig(
            f"no system {name!r}", where="system", fix=f"{hint}there are {', '.join(names())}"
        )
    system = _loaded(plugged_in[name])
    if system.name != name:
        raise BadConfig(
            f"the system {system.name!r} is plugged in as {name!r}",
            where=plugged_in[name].value,
            fix=f"give the entry point of the group {GROUP} the system's own name",
        )
    return system


def _loaded(entry: EntryPoint) -> System:
    """What an entry point names; raises BadConfig if it is not there."""
    try:
        found: System = entry.load()
    except (ImportError, AttributeError) as problem:
        raise BadConfig(
            f"the system {entry.name!r} cannot be imported: {problem}",
            where=entry.value,
            fix="correct its code, or the entry point and install it anew, or take its package out",
        ) from problem
    return found


def endpoints() -> list[tuple[str, Endpoint]]:
    """Every question that models answer, with its system.

    Raises:
        BadConfig: if two systems give theirs the same route.
    """
    found = [(name, endpoint) for name in names() for endpoint in get(name).endpoints]
    owners: dict[str, str] = {}
    for name, endpoint in found:
        other = owners.setdefault(endpoint.route, name)
        if other != name:
            raise BadConfig(
                f"{other} and {name} both answer {endpoint.route!r}",
                where="endpoints",
                fix="rename the route of one of them, or take its package out",
            )
    return found


def system_of(directory: str | Path) -> str:
    """The name of the system that a model folder belongs to, as its contract says.

    Raises:
        BadFile: if there is no contract, or one of no known system.
    """
    path = Path(directory) / "contract.json"
    try:
        found = str(json.loads(path.read_text(encoding="utf-8"))["system"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadFile(
            f"the model has no readable contract ({type(problem).__name__})",
            where=str(path),
            fix="train or download it again",
        ) from problem
    if found not in names():
        raise BadFile(
            f"a model of the system {found!r}, which is not installed here",
            where=str(path),
            fix="update Thermocline, or install the package that this system comes with",
        )
    return found


@cache
def _built_in() -> tuple[str, ...]:
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg))


@cache
def _plugged_in() -> dict[str, EntryPoint]:
    found = sorted(entry_points(group=GROUP), key=lambda one: one.name)
    return {one.name: one for one in found if one.name not in _built_in()}
