"""The `superres` system: sea-surface temperature, several times finer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermocline.systems.protocol import Card, Interface, Verdict

if TYPE_CHECKING:
    from thermocline.config import Config
    from thermocline.prepare.raw import RawFile
    from thermocline.prepare.store import Store
    from thermocline.prepare.table import Standardised
    from thermocline.systems.learning import Examiner
    from thermocline.systems.protocol import Endpoint, Track, Training
    from thermocline.systems.superres.config import SuperresSection
    from thermocline.systems.superres.model.method import Superresolver
    from thermocline.verify.scoreboard import Board


class SuperresSystem:
    """See `thermocline.systems.protocol.System`."""

    name = "superres"
    title = "Sea-surface temperature, several times finer"
    run_name = (
        "{own.model.centre}",
        "kappa {own.model.process.kappa:.2f}",
        "width {own.model.network.width}",
    )

    verdict = Verdict(
        reference="bicubic",
        names={
            "bicubic": "bicubic interpolation",
            "lanczos": "Lanczos interpolation",
            "regression": "linear regression from the values around",
            "place regression": "linear regression of the place",
            "oi": "optimal interpolation",
        },
        cases="days",
    )

    @property
    def card(self) -> Card:
        """What the model card says of its models."""
        from thermocline.systems.superres.card import CARD

        return CARD

    @property
    def interface(self) -> Interface:
        """Its models behind MLflow's `predict`."""
        from thermocline.systems.superres.interface import INTERFACE

        return INTERFACE

    @property
    def section(self) -> "type[SuperresSection]":
        """The section of params.yaml."""
        from thermocline.systems.superres.config import SuperresSection

        return SuperresSection

    def raw(self, config: "Config") -> "list[RawFile]":
        """See the protocol."""
        from thermocline.systems.superres.data.raw import raw

        return raw(config)

    def prepare(self, config: "Config", store: Path, track: "Track") -> None:
        """See the protocol."""
        from thermocline.systems.superres.data.prepare import prepare

        prepare(config, store, track)

    def standardised(self, store: "Store") -> "list[Standardised]":
        """Departures of coarse values from the fine field, over their stated error."""
        from thermocline.systems.superres.data.checks import standardised

        return standardised(store)

    def tune_baselines(self, config: "Config", folder: Path) -> dict[str, dict[str, Any]]:
        """See the protocol."""
        from thermocline.systems.superres.baselines.tune import tune_classical

        return tune_classical(config, folder)

    def trials(self, config: "Config", root: Path = Path()) -> "Examiner":
        """See the protocol."""
        from thermocline.systems.superres.evaluation.trials import Examiner

        return Examiner(config, root)

    def training(self, config: "Config") -> "Training":
        """See the protocol."""
        from thermocline.systems.superres.model import training as train

        return train.Training(config)

    def calibrate(self, config: "Config", track: "Track") -> tuple[Any, list[str]]:
        """See the protocol."""
        from thermocline.systems.superres.model.calibrate import calibrate

        return calibrate(config, track)

    def evaluate(self, config: "Config", folder: Path, track: "Track") -> "Board":
        """See the protocol."""
        from thermocline.systems.superres.evaluation.evaluate import evaluate

        return evaluate(config, folder, track)

    @property
    def endpoints(self) -> "tuple[Endpoint, ...]":
        """The questions that its models answer."""
        from thermocline.systems.superres.endpoints import ENDPOINTS

        return ENDPOINTS

    def load(self, folder: str | Path) -> "Superresolver":
        """The model in a folder; raises BadFile if it is not whole."""
        from thermocline.systems.superres.model.method import Superresolver

        return Superresolver.load(folder)


SYSTEM = SuperresSystem()
