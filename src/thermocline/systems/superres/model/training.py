"""Prepared pairs to the weights of a network, raw and averaged, and the scales it works in."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from thermocline.config import Config
from thermocline.systems.closure import code_digest
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import centre_digest, tuned_centre
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import begin
from thermocline.training.fit import Metrics, Report


class DenoiserTraining:
    """See `systems.protocol.Training`."""

    def __init__(self, config: Config):
        built = StagePaths("superres", config)
        self.config, self.store = config, built.store
        self._store = Pairs.open(self.store)
        self._centre = tuned_centre(settings(config).model, built.baselines)
        self.data_digest = self._store.digest()
        centre = centre_digest(settings(config).model, built.baselines)
        self.key = training_key(config, self.data_digest, centre)
        self._model: Superresolver | None = None

    def run(self, checkpoints: Path, report: Report) -> list[tuple[int, Metrics]]:
        """Train; metrics by step."""
        train, validation = self._store.pairs("train"), self._store.pairs("validation")
        begun = begin(
            settings(self.config).trained,
            train,
            validation,
            seed=self.config.seed,
            centre=self._centre,
        )
        model, history = begun.fit(checkpoints, report=report)
        contract = model.contract.model_copy(update={"data_digest": self.data_digest})
        self._model = replace(model, contract=contract)
        return history

    def save(self, folder: Path) -> None:
        """Write weights.safetensors and contract.json, of a model whose gate is open."""
        assert self._model is not None
        self._model.save(folder)


def training_key(config: Config, data_digest: str, centre: str, root: Path = Path()) -> str:
    """Digest of all that decides the weights: checkpoints of another key are never resumed."""
    own = settings(config).trained
    digest = sha256(f"{config.seed} {data_digest} {centre}".encode())
    for section in (own.network, own.process, own.training, own.adversarial):
        digest.update(section.model_dump_json().encode())
    digest.update(code_digest("train", "superres", root).encode())
    return digest.hexdigest()[:16]
