"""Prepared pairs to the weights of a network, raw and averaged, and the scales it works in."""

from dataclasses import replace
from pathlib import Path

from thermocline.config import Config
from thermocline.systems import closure
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import first_guess_digest, tuned_first_guess
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import begin
from thermocline.training.objective import Metrics, Report


class DenoiserTraining:
    """See `systems.protocol.Training`."""

    def __init__(self, config: Config):
        paths = StagePaths("superres", config)
        self.config, self.store = config, paths.store
        self._store = Pairs.open(self.store)
        self._first_guess = tuned_first_guess(settings(config).model, paths.baselines)
        self.data_digest = self._store.digest()
        first_guess = first_guess_digest(settings(config).model, paths.baselines)
        self.key = training_key(config, self.data_digest, first_guess)
        self._model: Superresolver | None = None

    def run(self, checkpoints: Path, report: Report) -> list[tuple[int, Metrics]]:
        """Train; metrics by step."""
        pairs = (self._store.pairs("train"), self._store.pairs("validation"))
        own, seed = settings(self.config).trained, self.config.seed
        training = begin(own, *pairs, seed=seed, first_guess=self._first_guess)
        model = training.fit(checkpoints, report=report)
        contract = model.contract.model_copy(update={"data_digest": self.data_digest})
        self._model = replace(model, contract=contract)
        return training.history

    def save(self, folder: Path) -> None:
        """Write weights.safetensors and contract.json, of a model without calibration."""
        assert self._model is not None
        self._model.save(folder)


def training_key(config: Config, data_digest: str, first_guess: str) -> str:
    """See `closure.training_key`; `first_guess` is that of `first_guess_digest`."""
    own = settings(config).trained
    sections = (own.network, own.process, own.training, own.adversarial)
    return closure.training_key("superres", config, data_digest, sections, first_guess)
