"""Scores of trials: CRPS on validation states, with columns and without.

The first guesses do not depend on the searched settings: they are computed once for all trials.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from thermocline.baselines.common.remembered import Remembered
from thermocline.config import Config
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems.calibration import Calibration
from thermocline.systems.densify.baselines.leave_member_out import LeaveMemberOut, tuned
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.config import settings
from thermocline.systems.densify.data.waters import Waters
from thermocline.systems.densify.model.calibrate import contract_of, gates, scored, validation_cases
from thermocline.systems.densify.model.calibration import AnswerParts
from thermocline.systems.densify.model.method import Densifier, assembled
from thermocline.systems.densify.model.network import new_network
from thermocline.systems.densify.model.training import trained
from thermocline.systems.learning import CaseScore
from thermocline.systems.members import BLOCK
from thermocline.systems.paths import StagePaths
from thermocline.systems.trials import ValidationTrials, shorter
from thermocline.training.weights import named_weights, use_weights
from thermocline.verify.metrics.probabilistic import crps_ensemble

CASES = 24
"""Validation cases of a trial, at most."""


class Trials(ValidationTrials[Densifier, AnswerParts]):
    """Validation states of all regions at all densities."""

    def __init__(self, config: Config, root: Path = Path()):
        super().__init__(config, root)
        built = StagePaths("densify", config, root)
        start = settings(config).model.start
        self.store, self.leave_member_out = (
            Waters.open(built.store),
            LeaveMemberOut(built.baselines, start),
        )
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {self.leave_member_out.digest}"
        self.linear = tuned(built.baselines, start)
        self.regions = [
            Linear.load(built.baselines / f"{name}.safetensors") for name in self.store.regions
        ]

    @cached_property
    def cases(self) -> list[Case]:
        """The validation cases."""
        every = validation_cases(self.config, self.store, self.regions)
        kept = np.linspace(0, len(every) - 1, min(CASES, len(every))).round().astype(int)
        return [every[i] for i in np.unique(kept)]

    def begin(self, config: Config) -> "TrainingRun":
        """See `learning.TrialEvaluator`. The autoencoder is shortened likewise."""
        section, full = settings(config), settings(self.config).training
        share = min(1.0, section.training.steps / full.steps)
        training = section.training.model_copy(
            update={"autoencoder": shorter(section.training.autoencoder, share)}
        )
        section = section.model_copy(update={"training": training})
        return TrainingRun(self, config.model_copy(update={"densify": section}))

    def draw(self, model: Densifier, index: int) -> AnswerParts:
        """The parts of an answer by a model that was fitted without the case's run."""
        problem, seed = self.cases[index].problem, self.config.seed + index
        method = self.leave_member_out.of(problem.case)
        return model.draw(problem, range(BLOCK["cpu"]), seed, method, self.analyse)

    @cached_property
    def analyse(self) -> Remembered[Analysis]:
        """First guesses, each fitted without the case's run; cached."""
        of = lambda problem, *asked: self.leave_member_out.of(problem.case).analyse(problem, *asked)
        return Remembered(of, CASES)

    def case_score(self, model: Densifier, index: int, drawn: AnswerParts) -> CaseScore:
        """CRPS over all channels, by area, in their standard deviations."""
        case = self.cases[index]
        _, truth, area, _ = scored(self.leave_member_out, case, drawn)
        _, members = drawn.combined(*model.factors(case.problem))
        wet = area > 0
        crps = crps_ensemble(members[..., wet], truth[wet])
        return CaseScore(case.problem.case, float(np.average(crps, weights=area[wet])))

    def uncalibrated(self, model: Densifier) -> Densifier:
        """The model with factors of 1."""
        return model.calibrated(*2 * [Calibration.open(len(model.channels))])

    def calibrated(self, model: Densifier, drawn: Mapping[int, AnswerParts]) -> Densifier:
        """The model with factors fitted on some cases."""
        found = [(self.cases[index], each) for index, each in drawn.items()]
        return model.calibrated(*gates(self.leave_member_out, found))


class TrainingRun:
    """A training with the data of the trials and its own settings."""

    def __init__(self, trials: Trials, config: Config):
        self.trials, self.config = trials, config

    def averaged(self, weights: dict[str, Tensor]) -> Densifier:
        """The model with these weights."""
        return self._model({f"ema.{name}": value for name, value in weights.items()})

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Densifier:
        """The trained model, not calibrated yet."""
        own = self.trials
        fitted_ = trained(
            self.config, own.store, own.leave_member_out, checkpoints, callbacks=callbacks
        )
        return self._model(named_weights(fitted_))

    def _model(self, weights: dict[str, Tensor]) -> Densifier:
        own = self.trials
        network = new_network(settings(self.config).model, len(own.store.channels), 0)
        use_weights(network, weights, "trial")
        contract = contract_of(self.config, own.store, own.data_digest, own.linear)
        return assembled(contract, network, own.regions)
