"""The systems there are, by name. What differs between them is in their own packages."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from thermocline.errors import BadConfig, BadFile

MODELS = {
    "reconstruct": ("reconstruct.method", "Reconstructor"),
    "superres": ("superres.method", "Superresolver"),
}
"""Where each system's model is: a class with `save(folder)` and `load(folder)`."""

STORES = {"reconstruct": ("store", "Store"), "superres": ("sst_store", "SstStore")}
"""What each system's prepared data are: a class with `open(path)` and `digest()`."""

NAMES = tuple(MODELS)


def known(system: str) -> str:
    """`system`, if there is one of that name; raises BadConfig otherwise."""
    if system not in MODELS:
        raise BadConfig(f"no system {system!r}", where="system", fix=f"one of {', '.join(NAMES)}")
    return system


def system_of(directory: str | Path) -> str:
    """The system a model folder belongs to, as its contract says.

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
    if found not in MODELS:
        raise BadFile(f"a model of the system {found!r}", where=str(path), fix="update Thermocline")
    return found


def open_store(system: str, path: str | Path) -> Any:
    """The prepared data of a system; raises BadFile if the file is something else."""
    module, name = STORES[known(system)]
    return getattr(import_module(f"thermocline.prepare.{module}"), name).open(path)


def load(directory: str | Path) -> Any:
    """The model in a folder, of whichever system; raises BadFile if it is not whole."""
    module, name = MODELS[system_of(directory)]
    return getattr(import_module(f"thermocline.systems.{module}"), name).load(directory)
