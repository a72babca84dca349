"""Which models the service serves: at most one of each system."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import thermocline.predict as predict
from thermocline.errors import BadFile, ThermoclineError
from thermocline.predict.identity import registered_name
from thermocline.systems import names

logger = logging.getLogger("thermocline.service")
PACKAGED = Path("build/package/models")
TRAINED = Path("build/models")
CHAMPION = "champion"
"""The alias of the version that answers."""
Away = dict[str, ThermoclineError]
"""Why the champions of systems cannot be had now, by system."""
ANY = "THERMOCLINE_MODEL"
"""An environment variable that names a model, a folder or models:/NAME@ALIAS, of whichever system
its contract says. So does THERMOCLINE_MODEL_<SYSTEM>, for every system."""


def find_models(root: Path, away: Away | None = None) -> dict[str, predict.ServedModel]:
    """The models to serve by system: those named, else a Bento's own, champions, trained ones.

    A trained one does not take the place of a champion that cannot be had now: nobody promoted it.

    Args:
        root: the folder that holds `bento` and `src`; inside a Bento, its own.
        away: added to, for who looks for them later; there may then be no model at all.

    Raises:
        BadFile: if a named model cannot be loaded, if two are of one system, or if there is none.
        ThermoclineError: why a champion cannot be had, if there is no other model, and nobody
            looks for it later.
    """
    found: dict[str, predict.ServedModel] = {}
    later, away = away is not None, {} if away is None else away
    for variable in (ANY, *(f"{ANY}_{name.upper().replace('-', '_')}" for name in names())):
        if named := os.environ.get(variable):
            served = predict.load_model(named)
            if served.system in found:
                raise BadFile(
                    f"two models of the system {served.system!r} were named",
                    where=variable,
                    fix="name one of each system",
                )
            found[served.system] = served
    if (root.parent / "bento.yaml").is_file():
        inside = {path.name: path for path in sorted((root / PACKAGED).glob("*"))}
        return found | {s: predict.load_model(p) for s, p in inside.items() if s not in found}
    others = [system for system in names() if system not in found]
    with ThreadPoolExecutor(max(1, len(others))) as pool:  # a registry that is away is slow
        champions = zip(others, pool.map(partial(_champion, away=away), others), strict=True)
        found |= {system: served for system, served in champions if served is not None}
    if away and not found and not later:
        raise next(iter(away.values()))
    if not found and not away:
        raise BadFile(
            "no model to serve",
            where="MLflow registry",
            fix="run `dvc repro` to train, register and promote models, or set "
            f"{ANY} to a model's folder",
        )
    return found


def _champion(system: str, away: Away) -> predict.ServedModel | None:
    """A system's champion; if the registry has none, or is not there, what was trained here.

    None if there is neither, or if the champion cannot be had now.
    """
    try:
        if predict.find_version(registered_name(system), CHAMPION) is not None:
            return predict.load_champion(system)
    except ThermoclineError as problem:
        logger.error("no model of %s is served, as its champion cannot be had: %s", system, problem)
        away[system] = problem
        return None
    served = trained(system)
    if served is None:
        logger.warning("no model of %s is served: no champion in the registry", system)
    return served


def trained(system: str) -> predict.ServedModel | None:
    """The model that was trained here, for a system without a champion; None if there is none."""
    folder = TRAINED / system
    if not (folder / "contract.json").is_file():
        return None
    logger.warning("no champion of %s in the registry: serving %s", system, folder)
    return predict.load_model(folder)


def warmed_up(served: predict.ServedModel) -> predict.ServedModel:
    """The model once it has answered its small examples: the first answer takes far longer.

    Two members are enough for that, and a service that was killed is back the sooner.
    """
    for endpoint in predict.endpoints(served):
        if not endpoint.exclusive:
            example = endpoint.example(served.model)
            few = {"members": 2} if "members" in example else {}
            try:
                predict.ask(served, endpoint.route, **example | few)
            except ThermoclineError as problem:
                logger.warning("the example of /%s is refused: %s", endpoint.route, problem)
    return served


def all_warmed_up(found: dict[str, predict.ServedModel]) -> dict[str, predict.ServedModel]:
    """All of them, warmed up side by side; there may be none, in a Bento without models."""
    with ThreadPoolExecutor(max(1, len(found))) as pool:
        return dict(zip(found, pool.map(warmed_up, found.values()), strict=True))
