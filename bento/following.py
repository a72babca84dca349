"""The registry's champions, followed while the service runs: who is promoted answers."""

import logging
import math
import os
import threading
from collections.abc import Collection, Mapping
from pathlib import Path

import thermocline.predict as predict
from bento.models import CHAMPION, trained, warmed_up
from thermocline.errors import BadConfig, ThermoclineError
from thermocline.predict.identity import registered_name

logger = logging.getLogger("thermocline.service")
CANDIDATE = "candidate"
"""The alias of the version that was registered last."""
MOST_SECONDS = 365 * 24 * 3600
"""Between two looks at the registry."""


def poll_seconds(root: Path) -> float:
    """THERMOCLINE_POLL_SECONDS between two looks at the registry; 0 for none; raises BadConfig.

    Unless it is set, 30; but a built Bento, which lies at `root`, keeps the models inside it.
    """
    packaged = (root.parent / "bento.yaml").is_file()
    text = os.environ.get("THERMOCLINE_POLL_SECONDS") or ("0" if packaged else "30")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MOST_SECONDS:
        raise BadConfig(
            f"{text[:40]!r} is no number of seconds up to {MOST_SECONDS:,}",
            where="THERMOCLINE_POLL_SECONDS",
            fix="give one such as 30, or 0 for no look at the registry",
        )
    return seconds


def promoted(
    models: Mapping[str, predict.ServedModel], failed: set[str]
) -> dict[str, predict.ServedModel]:
    """Models that an alias names by now in place of those which it named, by system.

    A model that was not found by an alias, such as a folder, is nobody's to replace. One whose
    alias is gone, or cannot be loaded, goes on answering.

    Args:
        failed: versions that could not be loaded, which are not tried again; added to.
    """
    found = {}
    for system, served in models.items():
        if served.identity.alias:
            newer = _newer(served, served.identity.alias, served, failed)
            if newer is not None and newer is not served:
                found[system] = newer
    return found


def candidates(
    champions: Mapping[str, predict.ServedModel],
    present: Mapping[str, predict.ServedModel],
    failed: set[str],
) -> dict[str, predict.ServedModel]:
    """The registry's candidates beside champions, by system; those of `present` stay as they are.

    A champion has none beside it while it is the version that was registered last.
    """
    asked = {
        system: _newer(champion, CANDIDATE, present.get(system), failed)
        for system, champion in champions.items()
    }
    return {
        system: found
        for system, found in asked.items()
        if found is not None and found.identity.version != champions[system].identity.version
    }


def returned(away: Collection[str], failed: set[str]) -> dict[str, predict.ServedModel]:
    """The champions of systems that had none to be had until now, by system.

    If the registry says that there is none, it is the model that was trained here.

    Args:
        failed: versions that could not be loaded, which are not tried again; added to.
    """
    found: dict[str, predict.ServedModel | None] = {}
    for system in sorted(away):
        name = registered_name(system)
        try:
            version = predict.find_version(name, CHAMPION)
            if version is None:
                found[system] = trained(system)
            else:
                found[system] = _loaded(name, CHAMPION, str(version.version), failed)
        except ThermoclineError as problem:
            logger.error("no model of %s can be served yet: %s", system, problem)
    return {system: served for system, served in found.items() if served is not None}


def _newer(
    champion: predict.ServedModel,
    alias: str,
    present: predict.ServedModel | None,
    failed: set[str],
) -> predict.ServedModel | None:
    """The model that an alias of a champion's registered model names; None if it names none.

    It is `present` if the registry gives no answer, or what it names cannot be loaded.
    """
    name = champion.identity.name
    try:
        version = predict.find_version(name, alias)
    except ThermoclineError as problem:
        logger.error("%s@%s is not known now: %s", name, alias, problem)
        return present
    if version is None:
        return None
    number = str(version.version)
    for known in (present, champion):
        if known is not None and known.identity.version == number:
            return known
    return _loaded(name, alias, number, failed) or present


def _loaded(name: str, alias: str, number: str, failed: set[str]) -> predict.ServedModel | None:
    """The version that an alias names; None if it cannot be loaded, or could not be before."""
    label = f"{name} version {number}"
    if label in failed:
        return None
    try:
        return warmed_up(predict.load_model(f"models:/{name}@{alias}"))
    except ThermoclineError as problem:
        if not isinstance(problem, predict.NotFetched):  # that may go by
            failed.add(label)
        logger.error("%s is not taken: %s", label, problem)
        return None


class Following:
    """Looks at the registry from a thread of its own, every so many seconds; 0 for never.

    Args:
        away: systems whose champion could not be had yet.

    Attributes:
        models: those that answer now, by system; replaced as a whole.
    """

    def __init__(
        self,
        models: dict[str, predict.ServedModel],
        seconds: float,
        away: Collection[str] = (),
    ):
        self.models, self.seconds, self.ended = models, seconds, threading.Event()
        self.away, self.failed = set(away), set[str]()
        if seconds and (away or any(served.identity.alias for served in models.values())):
            threading.Thread(target=self._follow, daemon=True).start()

    @property
    def ready(self) -> bool:
        """Whether there is a model, or none is awaited."""
        return bool(self.models) or not self.away

    def look(self) -> None:
        """Serve who is promoted by now."""
        found = promoted(self.models, self.failed) | returned(self.away, self.failed)
        self.away -= found.keys()
        for system, served in found.items():
            self.models = self.models | {system: served}
            logger.info("now serving %s version %s", served.identity.name, served.identity.version)

    def _follow(self) -> None:
        while not self.ended.wait(self.seconds):
            try:
                self.look()
            except Exception:  # of the registry's client; the models here go on answering
                logger.exception("the registry was not read")
