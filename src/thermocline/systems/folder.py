"""A system whose parts are modules of its folder, each imported when it is first used."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from thermocline.systems.endpoint import Endpoint, Interface
from thermocline.systems.protocol import Card, PromotionCriterion

if TYPE_CHECKING:
    from thermocline.config import SystemSection
    from thermocline.prepare.store import Store
    from thermocline.prepare.store_table import Standardised
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
    "criterion": "evaluation.presentation:CRITERION",
    "presets": "presets:PRESETS",
    "workload": "workload:workload",
}
"""Where each part of the protocol is: module below the folder, and its name there.

`standardised` and `interface` may be absent: `FolderSystem` has defaults.
"""


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
        return getattr(import_module(f"thermocline.systems.{self.name}.{module}"), attribute)

    def has(self, name: str) -> bool:
        """Whether the folder has the module of a part."""
        module = PARTS[name].partition(":")[0]
        return find_spec(f"thermocline.systems.{self.name}.{module}") is not None

    @property
    def section(self) -> "type[SystemSection]":
        return self.part("section")

    @property
    def criterion(self) -> PromotionCriterion:
        return self.part("criterion")

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return self.part("endpoints")

    @property
    def interface(self) -> Interface:
        """Without one of its own, MLflow's `predict` asks the first endpoint."""
        return self.part("interface") if self.has("interface") else Interface.of(self.endpoints[0])

    @property
    def card(self) -> Card:
        return self.part("card")

    @property
    def presets(self) -> "tuple[Preset, ...]":
        return self.part("presets")

    def standardised(self, store: "Store") -> "Sequence[Standardised]":
        """Without checks of its own, a store's standard ones are all."""
        return self.part("standardised")(store) if self.has("standardised") else ()

    raw = _method("raw")
    prepare = _method("prepare")
    tune_baselines = _method("tune_baselines")
    trials = _method("trials")
    training = _method("training")
    calibrate = _method("calibrate")
    evaluate = _method("evaluate")
    load = _method("load")
    workload = _method("workload")
