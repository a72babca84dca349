"""The registry's champions, followed while the service runs: who is promoted answers."""

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import thermocline.predict as predict
from bento.models import warmed_up
from thermocline.errors import ThermoclineError

logger = logging.getLogger("thermocline.service")
CANDIDATE = "candidate"
"""The alias of the version that was registered last."""


def poll_seconds(root: Path) -> float:
    """THERMOCLINE_POLL_SECONDS between two looks at the registry; 0 for none.

    Unless it is set, 30; but a built Bento, which lies at `root`, keeps the models inside it.
    """
    packaged = (root.parent / "bento.yaml").is_file()
    return float(os.environ.get("THERMOCLINE_POLL_SECONDS") or (0 if packaged else 30))


def promoted(models: Mapping[str, predict.ServedModel]) -> dict[str, predict.ServedModel]:
    """Models that an alias names by now in place of those which it named, by system.

    A model that was not found by an alias, such as a folder, is nobody's to replace. One whose
    alias is gone, or cannot be loaded, goes on answering.
    """
    found = {}
    for system, served in models.items():
        who = served.identity
        version = predict.find_version(who.name, who.alias) if who.alias else None
        if version is None or str(version.version) == who.version:
            continue
        try:
            found[system] = warmed_up(predict.load_model(f"models:/{who.name}@{who.alias}"))
        except ThermoclineError as problem:
            logger.error("%s goes on with version %s: %s", who.name, who.version, problem)
    return found


def candidates(
    champions: Mapping[str, predict.ServedModel], present: Mapping[str, predict.ServedModel]
) -> dict[str, predict.ServedModel]:
    """The registry's candidates beside champions, by system; those of `present` stay as they are.

    A champion has none beside it while it is the version that was registered last.
    """
    found = {}
    for system, champion in champions.items():
        name = champion.identity.name
        version = predict.find_version(name, CANDIDATE)
        if version is None or str(version.version) == champion.identity.version:
            continue
        there = present.get(system)
        if there is not None and there.identity.version == str(version.version):
            found[system] = there
            continue
        try:
            found[system] = warmed_up(predict.load_model(f"models:/{name}/{version.version}"))
        except ThermoclineError as problem:
            logger.error("candidate %s of %s is not asked: %s", version.version, name, problem)
    return found


class Following:
    """Looks at the registry from a thread of its own, every so many seconds; 0 for never.

    Attributes:
        models: those that answer now, by system; replaced as a whole.
    """

    def __init__(self, models: dict[str, predict.ServedModel], seconds: float):
        self.models, self.seconds, self.ended = models, seconds, threading.Event()
        if seconds and any(served.identity.alias for served in models.values()):
            threading.Thread(target=self._follow, daemon=True).start()

    def look(self) -> None:
        """Serve who is promoted by now."""
        for system, served in promoted(self.models).items():
            self.models = self.models | {system: served}
            logger.info("now serving %s version %s", served.identity.name, served.identity.version)

    def _follow(self) -> None:
        while not self.ended.wait(self.seconds):
            try:
                self.look()
            except Exception:  # of the registry's client; the models here go on answering
                logger.exception("the registry was not read")
