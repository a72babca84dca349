"""How a system that is put together from parts is trained, in the pipeline and in a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.torch import save_file
from torch import Tensor

from thermocline.config import Config
from thermocline.prepare.store import Store
from thermocline.systems.closure import code_digest
from thermocline.systems.contract import WEIGHTS
from thermocline.systems.learning import COST, CRPS, GATED, CaseScore, Scores
from thermocline.systems.paths import StagePaths
from thermocline.training.fit import Metrics, Report, fit
from thermocline.training.weights import averaged_weights, named_weights
from thermocline.verify.fields import score_field
from thermocline.verify.scores import Score

if TYPE_CHECKING:
    from thermocline.systems.composed import Composed


class ComposedTraining:
    """A `protocol.Training`."""

    def __init__(self, system: "Composed", config: Config, root: Path = Path()):
        self.system, self.config = system, config
        self.store = StagePaths(system.name, config, root).store
        self._store = Store.open(self.store)
        self.data_digest = self._store.digest()
        settings = config.section(system.name)
        told = [config.seed, self.data_digest, code_digest("train", system.name, root)]
        told += [part.model_dump_json() for part in (settings.data, settings.model)]
        told.append(settings.training.model_dump_json())
        self.key = sha256(" ".join(map(str, told)).encode()).hexdigest()[:16]
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


@dataclass(frozen=True)
class ComposedRun:
    """A training of a study (see `learning`)."""

    trials: "ComposedTrials"
    config: Config

    def averaged(self, weights: dict[str, Tensor]) -> Any:
        """The model with these weights."""
        own, trials = self.trials.system, self.trials
        network = own.network(self.config.section(own.name), self.config.seed)
        network.load_state_dict(weights)
        network.eval().requires_grad_(False)
        return own.model(own.contract(self.config, trials.store, trials.data_digest), network)

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Any:
        """The trained model."""
        training = ComposedTraining(self.trials.system, self.config, self.trials.root)
        training.run(checkpoints, lambda step, metrics: None, callbacks)
        return self.averaged(averaged_weights(training.weights))


class ComposedTrials:
    """Trains and scores for a study: CRPS of the model's answers to validation cases."""

    def __init__(self, system: "Composed", config: Config, root: Path = Path()):
        self.system, self.config, self.root = system, config, root
        self.store = Store.open(StagePaths(system.name, config, root).store)
        self.data_digest = self.digest = self.store.digest()

    @cached_property
    def cases(self) -> Sequence[Any]:
        """The validation cases."""
        return list(self.system.cases(self.config, self.store, "validation"))

    def begin(self, config: Config) -> ComposedRun:
        """A training with the settings of `config`."""
        return ComposedRun(self, config)

    def quick_score(self, model: Any) -> float:
        """CRPS on every second case."""
        return float(np.mean([score.crps for score in self._scores(model, self.cases[::2])]))

    def score(self, model: Any) -> Scores:
        """CRPS on all cases; there is no gate, and the cost is that of one evaluation."""
        scores = self._scores(model, self.cases)
        crps = float(np.mean([score.crps for score in scores]))
        size = sum(parameter.numel() for parameter in model.network.parameters())
        found = {CRPS: crps, GATED: crps, COST: 2e-9 * size}
        return Scores(found, [CaseScore(score.case, score.crps) for score in scores])

    def _scores(self, model: Any, cases: Sequence[Any]) -> list[Score]:
        members = self.config.section(self.system.name).evaluate.members
        return [
            score_field(
                model.analyse(case.problem, members, self.config.seed + k), case.problem, case.truth
            )
            for k, case in enumerate(cases)
        ]
