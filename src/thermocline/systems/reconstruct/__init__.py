"""The `reconstruct` system: multi-layer temperature from sparse observations."""

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
    from thermocline.systems.reconstruct.config import ReconstructSection
    from thermocline.systems.reconstruct.evaluation.difference_maps import Drawn
    from thermocline.systems.reconstruct.model.method import Reconstructor
    from thermocline.verify.scoreboard import Board


class ReconstructSystem:
    """See `thermocline.systems.protocol.System`."""

    name = "reconstruct"
    title = "Multi-layer temperature from sparse observations"
    run_name = (
        "{own.model.process.schedule}",
        "{own.model.masking.ratio:.2f}",
        "width {own.model.network.width}",
    )

    verdict = Verdict(
        reference="climatology",
        names={
            "ensemble_oi": "the localised ensemble OI",
            "ensemble_oi_hybrid": "the partly localised ensemble OI",
            "oi": "optimal interpolation level by level",
            "dineof": "DINEOF",
            "climatology": "climatology",
        },
        cases="months",
    )

    @property
    def card(self) -> Card:
        """What the model card says of its models."""
        from thermocline.systems.reconstruct.card import CARD

        return CARD

    @property
    def interface(self) -> Interface:
        """Its models behind MLflow's `predict`."""
        from thermocline.systems.reconstruct.interface import INTERFACE

        return INTERFACE

    @property
    def section(self) -> "type[ReconstructSection]":
        """The section of params.yaml."""
        from thermocline.systems.reconstruct.config import ReconstructSection

        return ReconstructSection

    def raw(self, config: "Config") -> "list[RawFile]":
        """See the protocol."""
        from thermocline.systems.reconstruct.data.raw import raw

        return raw(config)

    def prepare(self, config: "Config", store: Path, track: "Track") -> None:
        """See the protocol."""
        from thermocline.systems.reconstruct.data.prepare import prepare

        prepare(config, store, track)

    def standardised(self, store: "Store") -> "list[Standardised]":
        """Nothing but the anomalies, which any store with statistics is asked for."""
        return []

    def tune_baselines(self, config: "Config", folder: Path) -> dict[str, dict[str, Any]]:
        """See the protocol."""
        from thermocline.systems.reconstruct.baselines.tune import tune_classical

        return tune_classical(config, folder)

    def trials(self, config: "Config", root: Path = Path()) -> "Examiner":
        """See the protocol."""
        from thermocline.systems.reconstruct.evaluation.trials import Examiner

        return Examiner(config, root)

    def training(self, config: "Config") -> "Training":
        """See the protocol."""
        from thermocline.systems.reconstruct.model import training as train

        return train.Training(config)

    def calibrate(self, config: "Config", track: "Track") -> tuple[Any, list[str]]:
        """See the protocol."""
        from thermocline.systems.reconstruct.model.calibrate import calibrate

        return calibrate(config, track)

    def evaluate(self, config: "Config", folder: Path, track: "Track") -> "Board":
        """See the protocol."""
        from thermocline.systems.reconstruct.evaluation.evaluate import evaluate

        return evaluate(config, folder, track)

    @property
    def endpoints(self) -> "tuple[Endpoint, ...]":
        """The questions that its models answer."""
        from thermocline.systems.reconstruct.endpoints import ENDPOINTS

        return ENDPOINTS

    def difference_maps(
        self,
        folder: Path,
        ours: "Reconstructor",
        theirs: "Reconstructor",
        names: tuple[str, str],
        file: Path | None,
        date: str | None,
        members: int | None,
    ) -> "Drawn":
        """Maps of where two models answer a file's observations otherwise, or a held-out month's.

        An optional part of a system: `thermocline models compare --maps`.
        """
        from thermocline.systems.config import load_config
        from thermocline.systems.reconstruct.evaluation.difference_maps import (
            asked_of_a_file,
            difference_maps,
            example,
        )

        question = asked_of_a_file(file, date, ours) if file else example(load_config())
        return difference_maps(folder, ours, theirs, names, question, members=members)

    def load(self, folder: str | Path) -> "Reconstructor":
        """The model in a folder; raises BadFile if it is not whole."""
        from thermocline.systems.reconstruct.model.method import Reconstructor

        return Reconstructor.load(folder)


SYSTEM = ReconstructSystem()
