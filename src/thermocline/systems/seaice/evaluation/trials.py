"""What trained networks are worth: CRPS on validation years, with observations and without."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems.learning import CaseScore
from thermocline.systems.paths import StagePaths
from thermocline.systems.seaice.baselines.cross_validation import CrossValidated
from thermocline.systems.seaice.baselines.ensemble import Ensemble
from thermocline.systems.seaice.config import settings
from thermocline.systems.seaice.data.cases import NOTHING, SWATH, cases
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import States
from thermocline.systems.seaice.evaluation.score import score_case
from thermocline.systems.seaice.model.calibrate import contract_of
from thermocline.systems.seaice.model.method import IceModel, model_of
from thermocline.systems.seaice.model.networks import weights_of
from thermocline.systems.seaice.model.training import IceTraining
from thermocline.systems.trials import ValidationTrials, shorter

MEMBERS = 8
"""Of an answer to a case, at most."""
PAIRS = 64
"""Of states and analyses that a short trial makes, at least: they cost more than its steps."""


class Trials(ValidationTrials[IceModel, Analysis]):
    """Every second case with the sparsest observations, the others with none."""

    def __init__(self, config: Config, root: Path = Path()):
        super().__init__(config, root)
        paths = StagePaths("seaice", config, root)
        file = paths.baselines / "ensemble.safetensors"
        self.store, self.ensemble = States.open(paths.store), Ensemble.load(file)
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {self.ensemble.digest}"
        of = lambda library: replace(self.ensemble, library=library)
        self.cross_validated = CrossValidated(self.store, self.ensemble.library, of)
        self.members = min(settings(config).evaluate.members, MEMBERS)

    @cached_property
    def cases(self) -> list[Case]:
        """The validation cases; those with observations first."""
        sparsest = min(settings(self.config).evaluate.densities)
        first = lambda protocol: [
            case
            for case in cases(self.config, self.store, "validation", protocol)
            if case.variable == NAMES[0]
        ]
        seen = [case for case in first(SWATH) if case.density == sparsest]
        return seen[::2] + first(NOTHING)[1::2]

    @cached_property
    def deviation(self) -> Mapping[str, float]:
        """Of each variable, which its CRPS is divided by."""
        values = self.store.states("train", 200).values[:, :, self.store.ocean]
        return dict(zip(NAMES, values.std(axis=(0, 2)).tolist(), strict=True))

    def begin(self, config: Config) -> "TrainingRun":
        """See `learning.TrialEvaluator`. All parts are trained for a like share of their steps."""
        own, full = settings(config).training, settings(self.config).training
        share = min(1.0, own.steps / full.steps)
        parts = {name: shorter(getattr(own, name), share) for name in ("autoencoder", "analysis")}
        section, model = settings(config), settings(config).model
        few = max(min(PAIRS, model.analysis.pairs), round(share * model.analysis.pairs))
        analysis = model.analysis.model_copy(update={"pairs": few})
        section = section.model_copy(
            update={
                "training": own.model_copy(update=parts),
                "model": model.model_copy(update={"analysis": analysis}),
            }
        )
        return TrainingRun(self, config.model_copy(update={"seaice": section}))

    def draw(self, model: IceModel, index: int) -> Analysis:
        """The answer with an ensemble that is independent of the truth."""
        case = self.cases[index]
        independent = replace(model, ensemble=self.cross_validated.of(case.problem.case))
        return independent.analyse(case.problem, self.members, self.config.seed + index)

    def case_score(self, model: IceModel, index: int, drawn: Analysis) -> CaseScore:
        """Mean CRPS of the variables, each in deviations."""
        case = self.cases[index]
        found = []
        for name in NAMES:
            one = Case(case.problem, case.truth, case.protocol, case.density, name)
            found.append(score_case(drawn, one).crps / self.deviation[name])
        return CaseScore(f"{case.problem.case} {case.protocol}", float(np.mean(found)))


class TrainingRun:
    """A training with the trials' data and settings of its own."""

    def __init__(self, trials: Trials, config: Config):
        self.trials, self.config = trials, config
        self._training = IceTraining(config, trials.store, trials.ensemble)

    def averaged(self, weights: dict[str, Tensor]) -> IceModel:
        """The model with these weights of its denoiser."""
        stored = weights_of(self._training.networks, self._training.scaling)
        stored |= {f"ema.denoiser.{name}": value for name, value in weights.items()}
        return self._model(stored)

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> IceModel:
        """The trained model, not calibrated yet."""
        self._training.run(checkpoints, lambda step, metrics: None, callbacks)
        return self._model(weights_of(self._training.networks, self._training.scaling))

    def _model(self, stored: dict[str, Tensor]) -> IceModel:
        own = self.trials
        contract = contract_of(self.config, own.store, own.data_digest)
        return model_of(contract, stored, own.ensemble, "trial")
