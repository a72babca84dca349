"""Scores of trials: CRPS on validation days, and the cost of an answer."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from thermocline.config import Config
from thermocline.ocean.downscaling import Pair
from thermocline.systems.learning import CaseScore
from thermocline.systems.members import BLOCK
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import first_guess_digest, tuned_first_guess
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.calibration import Calibration, fit_calibration
from thermocline.systems.superres.model.conditioning import Conditioning
from thermocline.systems.superres.model.members import AnswerParts
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import TrainingRun, begin, evidence_of
from thermocline.systems.trials import ValidationTrials
from thermocline.verify.metrics.probabilistic import crps_ensemble

CASES = 10
"""Evenly spaced validation days of a trial."""


class Answer(NamedTuple):
    """Conditioning and parts of the answer for a validation day."""

    given: Conditioning
    drawn: AnswerParts


class Trials(ValidationTrials[Superresolver, Answer]):
    """Days of boxes."""

    def __init__(self, config: Config, root: Path = Path()):
        super().__init__(config, root)
        paths, own = StagePaths("superres", config, root), settings(config)
        self.store = Pairs.open(paths.store)
        self.first_guess = tuned_first_guess(own.model, paths.baselines)
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {first_guess_digest(own.model, paths.baselines)}"
        self.members = range(min(own.evaluate.members, BLOCK["cpu"]))

    @cached_property
    def pairs(self) -> tuple[list[Pair], list[Pair]]:
        """Of training and of validation."""
        return self.store.pairs("train"), self.store.pairs("validation")

    @cached_property
    def cases(self) -> list[tuple[int, Pair]]:
        """The days of a trial, each with the seed of its noise."""
        held_back = self.pairs[1]
        chosen = np.unique(np.linspace(0, len(held_back) - 1, CASES).astype(int))
        return [(self.config.seed + int(k), held_back[k]) for k in chosen]

    def begin(self, config: Config) -> TrainingRun:
        """See `learning.TrialEvaluator`."""
        own = settings(config).trained
        return begin(own, *self.pairs, seed=config.seed, first_guess=self.first_guess)

    def draw(self, model: Superresolver, index: int) -> Answer:
        """The parts of an answer."""
        seed, (problem, _) = self.cases[index]
        given = model.conditioning(problem)
        return Answer(given, model.draw(given, self.members, seed))

    def case_score(self, model: Superresolver, index: int, drawn: Answer) -> CaseScore:
        """Over all cells of sea, weighted by area; the absolute error without members."""
        seed, (problem, truth) = self.cases[index]
        mean, fields = model.combine(problem, *drawn, self.members, seed)
        area = np.where(problem.ocean, problem.grid.cell_area(), 0)
        crps = crps_ensemble(fields if len(fields) else mean[None], np.nan_to_num(truth))
        weight = float(area.sum())
        return CaseScore(str(problem.date), float((area * crps).sum()) / weight, weight)

    def uncalibrated(self, model: Superresolver) -> Superresolver:
        """The model with factors of 1."""
        return model.calibrated(Calibration())

    def calibrated(self, model: Superresolver, drawn: Mapping[int, Answer]) -> Superresolver:
        """The model with factors fitted on some days."""
        found = [evidence_of(model, self.cases[index][1], *each) for index, each in drawn.items()]
        return model.calibrated(fit_calibration(found))
