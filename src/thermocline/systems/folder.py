"""A system whose parts lie in the rooms of its folder, each imported when it is first asked for."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.systems.protocol import Card, Endpoint, Interface, Track, Training, Verdict

if TYPE_CHECKING:
    from thermocline.config import Config, SystemSection
    from thermocline.prepare.raw import RawFile
    from thermocline.prepare.store import Store
    from thermocline.prepare.table import Standardised
    from thermocline.systems.learning import TrialEvaluator
    from thermocline.verify.scoreboard import Board

PARTS = {
    "section": "config:SECTION",
    "raw": "data.raw:raw",
    "prepare": "data.prepare:prepare",
    "standardised": "data.checks:standardised",
    "tune_baselines": "baselines.tune:tune_baselines",
    "trials": "evaluation.trials:Trials",
    "training": "model.training:DenoiserTraining",
    "calibrate": "model.calibrate:calibrate",
    "evaluate": "evaluation.evaluate:evaluate",
    "load": "model.method:load",
    "endpoints": "endpoints:ENDPOINTS",
    "interface": "interface:INTERFACE",
    "card": "card:CARD",
    "verdict": "verdict:VERDICT",
}
"""Where each part of the protocol is: module below the folder, and its name there."""


class FolderSystem:
    """A `protocol.System` of this package; for what its parts are see there.

    Args:
        name: of its folder below `thermocline.systems`.
        title, run_name: see the protocol.
    """

    def __init__(self, name: str, title: str, run_name: tuple[str, ...]):
        self.name, self.title, self.run_name = name, title, run_name

    def part(self, name: str) -> Any:
        """A part of the protocol, by its name in `PARTS`."""
        module, attribute = PARTS[name].split(":")
        home = import_module(f"thermocline.systems.{self.name}.{module}")
        return getattr(home, attribute)

    @property
    def section(self) -> "type[SystemSection]":
        return self.part("section")

    @property
    def verdict(self) -> Verdict:
        return self.part("verdict")

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return self.part("endpoints")

    @property
    def interface(self) -> Interface:
        return self.part("interface")

    @property
    def card(self) -> Card:
        return self.part("card")

    def raw(self, config: "Config") -> "list[RawFile]":
        return self.part("raw")(config)

    def prepare(self, config: "Config", store: Path, track: Track) -> None:
        self.part("prepare")(config, store, track)

    def standardised(self, store: "Store") -> "Sequence[Standardised]":
        return self.part("standardised")(store)

    def tune_baselines(self, config: "Config", folder: Path) -> dict[str, dict[str, Any]]:
        return self.part("tune_baselines")(config, folder)

    def trials(self, config: "Config", root: Path = Path()) -> "TrialEvaluator":
        return self.part("trials")(config, root)

    def training(self, config: "Config") -> Training:
        return self.part("training")(config)

    def calibrate(self, config: "Config", track: Track) -> tuple[Any, list[str]]:
        return self.part("calibrate")(config, track)

    def evaluate(self, config: "Config", folder: Path, track: Track) -> "Board":
        return self.part("evaluate")(config, folder, track)

    def load(self, folder: str | Path) -> Any:
        return self.part("load")(folder)
