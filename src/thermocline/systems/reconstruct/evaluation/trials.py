"""What a trained prior is worth: CRPS on validation cases, and what an answer costs.

The ensemble OI's analyses and draws of the validation cases do not depend on anything that is
searched: they are computed once, for all trials.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import sha256_file
from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis, Field
from thermocline.systems.calibration import Calibration
from thermocline.systems.learning import CaseScore
from thermocline.systems.members import BLOCK
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.baselines.leave_out import LeaveMemberOut
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import EvaluationSet
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.systems.reconstruct.model.assemble import assemble
from thermocline.systems.reconstruct.model.calibration import AnswerParts, combine, fit_calibration
from thermocline.systems.reconstruct.model.method import Reconstructor, observed_fraction
from thermocline.systems.reconstruct.model.train import train_prior
from thermocline.systems.trials import ValidationTrials
from thermocline.training.weights import named_weights


class Trials(ValidationTrials[Reconstructor, AnswerParts]):
    """Months observed at the middle density of columns."""

    def __init__(self, config: Config, root: Path = Path()):
        super().__init__(config, root)
        paths, own = StagePaths("reconstruct", config, root), settings(config)
        file = paths.baselines / "ensemble_oi.safetensors"
        self.store, self.ensemble = States.open(paths.store), EnsembleOI.load(file)
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {sha256_file(file)}"
        self.area = np.asarray(self.store.grid.cell_area())
        self.members = range(min(own.evaluate.members, BLOCK["cpu"]))
        self.gaussian = own.model.masking.analysis

    @cached_property
    def cases(self) -> list[Case]:
        """The validation cases."""
        densities = settings(self.config).evaluate.densities
        chosen = EvaluationSet(self.store, self.config, "validation")
        return list(chosen.columns(densities[len(densities) // 2]))

    @cached_property
    def starts(self) -> list[tuple[Field, Field]]:
        """The ensemble OI's analysis [C, H, W] and draws [M, C, H, W] of each case.

        Without the case's own member among its states, as the truth is of no member.
        """

        def start(numbered: tuple[int, Case, EnsembleOI]) -> tuple[Field, Field]:
            index, case, ensemble = numbered
            return ensemble.posterior(
                case.problem, self.members, self.config.seed + index, gaussian=self.gaussian
            )

        others = LeaveMemberOut(self.store, self.ensemble)
        numbered = (
            (index, case, others(case.problem.case)) for index, case in enumerate(self.cases)
        )
        return list(side_by_side(start, numbered))

    def begin(self, config: Config) -> "TrainingRun":
        """See `learning.TrialEvaluator`."""
        return TrainingRun(self, config)

    def draw(self, model: Reconstructor, index: int) -> AnswerParts:
        """The parts of an answer."""
        problem, seed = self.cases[index].problem, self.config.seed + index
        return model.draw(problem, self.members, seed, self.starts[index])

    def case_score(self, model: Reconstructor, index: int, drawn: AnswerParts) -> CaseScore:
        """CRPS in °C over all sea cells."""
        case, statistics = self.cases[index], self.store.statistics
        factors = model.contract.gate.at(observed_fraction(case.problem))
        mean, members = combine(drawn, *factors)
        analysis = Analysis(mean=mean, members=members, evaluations=drawn.evaluations)
        score = score_case(analysis, case.problem, case.truth, statistics, self.area)
        return CaseScore(case.problem.case, score.crps, float(score.sums["weight"].sum()))

    def uncalibrated(self, model: Reconstructor) -> Reconstructor:
        """The model with factors of 1."""
        return model.calibrated(Calibration.open(len(model.depth)))

    def calibrated(self, model: Reconstructor, drawn: Mapping[int, AnswerParts]) -> Reconstructor:
        """The model with factors fitted on some cases."""
        cases = [(self.cases[index], each) for index, each in drawn.items()]
        fitted = [(case.density, case.problem, case.truth, each) for case, each in cases]
        return model.calibrated(fit_calibration(fitted, self.area))


@dataclass(frozen=True)
class TrainingRun:
    """A training with the trials' data and settings of its own."""

    trials: Trials
    config: Config

    def averaged(self, weights: dict[str, Tensor]) -> Reconstructor:
        """The model with these weights."""
        return self._assemble({f"ema.{name}": value for name, value in weights.items()})

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Reconstructor:
        """The trained model, not calibrated yet."""
        own = self.trials
        fitted = train_prior(self.config, own.store, own.ensemble, checkpoints, callbacks=callbacks)
        return self._assemble(named_weights(fitted))

    def _assemble(self, weights: dict[str, Tensor]) -> Reconstructor:
        own = self.trials
        return assemble(self.config, own.store, weights, own.data_digest, own.ensemble)
