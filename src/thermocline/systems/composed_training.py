"""How a system that is put together from parts is trained, in the pipeline and in a study."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from thermocline.config import Config
from thermocline.ocean.problem import Analysis
from thermocline.prepare.store import Store
from thermocline.systems.closure import training_key
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.learning import CaseScore
from thermocline.systems.parts import Parts
from thermocline.systems.paths import StagePaths
from thermocline.systems.trials import ValidationTrials
from thermocline.training.fit import fit
from thermocline.training.objective import Metrics, Report
from thermocline.training.weights import named_weights, part_of
from thermocline.verify.metrics.fields import score_field


class ComposedTraining:
    """A `protocol.Training`, and a `learning.TrainingRun`."""

    def __init__(self, system: Parts, config: Config, root: Path = Path()):
        self.system, self.config = system, config
        self.store = StagePaths(system.name, config, root).store
        self._store = Store.open(self.store)
        self.data_digest = self._store.digest()
        own = config.section(system.name)
        sections = (own.data, own.model, own.training)
        self.key = training_key(system.name, config, self.data_digest, sections, root=root)
        self.weights: dict[str, Tensor] = {}

    def run(
        self, checkpoints: Path, report: Report, callbacks: Sequence[Any] = ()
    ) -> list[tuple[int, Metrics]]:
        """Train, or go on from `checkpoints`; metrics by step."""
        settings = self.config.section(self.system.name)
        fitted = fit(
            self.system.network(settings, self.config.seed),
            self.system.objective(self.config, self._store),
            settings.training,
            self.config.seed,
            checkpoints,
            report,
            callbacks=callbacks,
        )
        self.weights = named_weights(fitted)
        return fitted.history

    def save(self, folder: Path) -> None:
        """Write weights.safetensors."""
        save_file(self.weights, folder / WEIGHTS)

    def averaged(self, weights: dict[str, Tensor]) -> Any:
        """The model with these weights."""
        network = self.system.network(self.config.section(self.system.name), self.config.seed)
        network.load_state_dict(weights)
        network.eval().requires_grad_(False)
        contract = self.system.contract(self.config, self._store, self.data_digest)
        return self.system.model(contract, network)

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Any:
        """The trained model."""
        self.run(checkpoints, lambda step, metrics: None, callbacks)
        return self.averaged(part_of(self.weights, "ema"))


class ComposedTrials(ValidationTrials[Any, Analysis]):
    """Trains and scores for a study, without a calibration."""

    def __init__(self, system: Parts, config: Config, root: Path = Path()):
        super().__init__(config, root)
        self.system = system
        self.store = Store.open(StagePaths(system.name, config, root).store)
        self.data_digest = self.digest = self.store.digest()

    @cached_property
    def cases(self) -> Sequence[Any]:
        """The validation cases."""
        return list(self.system.cases(self.config, self.store, "validation"))

    def begin(self, config: Config) -> ComposedTraining:
        """A training with the settings of `config`."""
        return ComposedTraining(self.system, config, self.root)

    def draw(self, model: Any, index: int) -> Analysis:
        """The model's answer."""
        members = self.config.section(self.system.name).evaluate.members
        answer: Analysis = model.analyse(
            self.cases[index].problem, members, self.config.seed + index
        )
        return answer

    def case_score(self, model: Any, index: int, drawn: Analysis) -> CaseScore:
        """Its CRPS over all sea cells."""
        case = self.cases[index]
        score = score_field(drawn, case.problem, case.truth)
        return CaseScore(score.case, score.crps, float(score.sums["weight"].sum()))
