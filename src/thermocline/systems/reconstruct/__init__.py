"""The `reconstruct` system: multi-layer temperature from sparse observations."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.config import Config
    from thermocline.prepare.store import Store
    from thermocline.systems.examination import Examiner
    from thermocline.systems.protocol import Track, Training
    from thermocline.systems.reconstruct.config import ReconstructSection
    from thermocline.systems.reconstruct.method import Reconstructor
    from thermocline.verify.scoreboard import Board


class ReconstructSystem:
    """See `thermocline.systems.protocol.System`."""

    name = "reconstruct"
    title = "Multi-layer temperature from sparse observations"

    @property
    def section(self) -> "type[ReconstructSection]":
        """The section of params.yaml."""
        from thermocline.systems.reconstruct.config import ReconstructSection

        return ReconstructSection

    def tune_baselines(self, config: "Config", folder: Path) -> dict[str, dict[str, Any]]:
        """See the protocol."""
        from thermocline.systems.reconstruct.stages.classical import tune_classical

        return tune_classical(config, folder)

    def trials(self, config: "Config", root: Path = Path()) -> "Examiner":
        """See the protocol."""
        from thermocline.systems.reconstruct.stages.examine import Examiner

        return Examiner(config, root)

    def training(self, config: "Config") -> "Training":
        """See the protocol."""
        from thermocline.systems.reconstruct.stages import train

        return train.Training(config)

    def calibrate(self, config: "Config", track: "Track") -> tuple[Any, list[str]]:
        """See the protocol."""
        from thermocline.systems.reconstruct.stages.calibrate import calibrate

        return calibrate(config, track)

    def evaluate(self, config: "Config", folder: Path, track: "Track") -> "Board":
        """See the protocol."""
        from thermocline.systems.reconstruct.stages.evaluate import evaluate

        return evaluate(config, folder, track)

    def load(self, folder: str | Path) -> "Reconstructor":
        """The model in a folder; raises BadFile if it is not whole."""
        from thermocline.systems.reconstruct.method import Reconstructor

        return Reconstructor.load(folder)

    def open_store(self, path: str | Path) -> "Store":
        """Prepared data; raises BadFile if the file is something else."""
        from thermocline.prepare.store import Store

        return Store.open(path)


SYSTEM = ReconstructSystem()
