"""A system whose parts lie in the rooms of its folder, each imported when it is first asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from thermocline.systems.protocol import Card, Endpoint, Interface, Verdict

if TYPE_CHECKING:
    from thermocline.config import SystemSection
    from thermocline.systems.workload import Preset

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
    "verdict": "evaluation.presentation:VERDICT",
    "presets": "presets:PRESETS",
    "workload": "workload:workload",
}
"""Where each part of the protocol is: module below the folder, and its name there."""


def _method(part: str) -> Callable[..., Any]:
    """A method that is a function of the folder."""
    return lambda self, *given, **options: self.part(part)(*given, **options)


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

    @property
    def presets(self) -> "tuple[Preset, ...]":
        return self.part("presets")

    raw = _method("raw")
    prepare = _method("prepare")
    standardised = _method("standardised")
    tune_baselines = _method("tune_baselines")
    trials = _method("trials")
    training = _method("training")
    calibrate = _method("calibrate")
    evaluate = _method("evaluate")
    load = _method("load")
    workload = _method("workload")
