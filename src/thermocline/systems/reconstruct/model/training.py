"""Prepared store and tuned ensemble OI to the weights of a denoiser, raw and averaged."""

from pathlib import Path

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.config import Config
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.model.train import train_prior, training_key
from thermocline.training.objective import Fitted, Metrics, Report
from thermocline.training.weights import named_weights


class DenoiserTraining:
    """See `systems.protocol.Training`."""

    def __init__(self, config: Config):
        paths = StagePaths("reconstruct", config)
        self.config, self.store = config, paths.store
        self._store = States.open(paths.store)
        self._ensemble = EnsembleOI.load(paths.baselines / "ensemble_oi.safetensors")
        self.data_digest = self._store.digest()
        self.key = training_key(config, self.data_digest, self._ensemble)
        self._fitted: Fitted | None = None

    def run(self, checkpoints: Path, report: Report) -> list[tuple[int, Metrics]]:
        """Train; metrics by step."""
        self._fitted = train_prior(self.config, self._store, self._ensemble, checkpoints, report)
        return self._fitted.history

    def save(self, folder: Path) -> None:
        """Write weights.safetensors."""
        from safetensors.torch import save_file

        assert self._fitted is not None
        save_file(named_weights(self._fitted), folder / WEIGHTS)
