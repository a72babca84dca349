"""What a trained network is worth: CRPS on validation days, and what an answer costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from thermocline.config import Config
from thermocline.ocean.downscaling import Pair
from thermocline.systems.learning import COST, CRPS, GATED, CaseScore, Scores
from thermocline.systems.paths import StagePaths
from thermocline.systems.superres.baselines.first_guess import centre_digest, tuned_centre
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.data.pairs import Pairs
from thermocline.systems.superres.model.calibration import Gate, fit_gate
from thermocline.systems.superres.model.known import Known
from thermocline.systems.superres.model.members import BLOCK, Drawn
from thermocline.systems.superres.model.method import Superresolver
from thermocline.systems.superres.model.train import TrainingRun as Start
from thermocline.systems.superres.model.train import begin, judged
from thermocline.verify.probabilistic import crps_ensemble

CASES = 10
"""Validation days, evenly taken, that a trial is scored on."""


class Answer(NamedTuple):
    """What a model made of a validation day."""

    pair: Pair
    seed: int
    known: Known
    drawn: Drawn


class Trials:
    """See `systems.learning`."""

    def __init__(self, config: Config, root: Path = Path()):
        self.config = config
        built = StagePaths("superres", config, root)
        self.store, self.centre = (
            Pairs.open(built.store),
            tuned_centre(settings(config).model, built.baselines),
        )
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {centre_digest(settings(config).model, built.baselines)}"
        # As many as are computed at once in any case; fewer would not be cheaper.
        self.members = range(min(settings(config).evaluate.members, BLOCK["cpu"]))

    @cached_property
    def pairs(self) -> tuple[list[Pair], list[Pair]]:
        """Of training and of validation."""
        return self.store.pairs("train"), self.store.pairs("validation")

    @cached_property
    def cases(self) -> list[tuple[int, Pair]]:
        """The days that are asked for, each with the seed of its noise."""
        held_back = self.pairs[1]
        chosen = np.unique(np.linspace(0, len(held_back) - 1, CASES).astype(int))
        return [(self.config.seed + int(k), held_back[k]) for k in chosen]

    def begin(self, config: Config) -> "TrainingRun":
        """A training with the settings of `config`."""
        return TrainingRun(
            begin(settings(config).trained, *self.pairs, seed=config.seed, centre=self.centre)
        )

    def quick_score(self, model: Superresolver) -> float:
        """CRPS in °C on every second day."""
        return self._crps(model, [self._draw(model, *case) for case in self.cases[::2]])

    def score(self, model: Superresolver) -> Scores:
        """All three scores on all days; a gate is fitted on the even ones and judged by the odd."""
        model = _behind(model, Gate())  # open
        with FlopCounterMode(display=False) as counter:
            answers = [self._draw(model, *self.cases[0])]
        answers += [self._draw(model, *case) for case in self.cases[1:]]
        gate = fit_gate([judged(model, e.pair, e.known, e.drawn) for e in answers[::2]])
        block = BLOCK["cuda" if next(model.restorer.network.parameters()).is_cuda else "cpu"]
        cases = [self._case(model, answer) for answer in answers]
        values = {
            CRPS: _mean(cases),
            GATED: self._crps(_behind(model, gate), answers[1::2] or answers),
            COST: counter.get_total_flops() / 1e9 / block,
        }
        return Scores(values, cases)

    def _draw(self, model: Superresolver, seed: int, pair: Pair) -> Answer:
        known = model.known(pair[0])
        return Answer(pair, seed, known, model.draw(known, self.members, seed))

    def _crps(self, model: Superresolver, answers: Sequence[Answer]) -> float:
        return _mean([self._case(model, answer) for answer in answers])

    def _case(self, model: Superresolver, answer: Answer) -> CaseScore:
        """Over all cells of sea, weighted by area; the absolute error without members."""
        (problem, truth), seed, known, drawn = answer
        mean, fields = model.combine(problem, known, drawn, self.members, seed)
        area = np.where(problem.ocean, problem.grid.cell_area(), 0)
        crps = crps_ensemble(fields if len(fields) else mean[None], np.nan_to_num(truth))
        weight = float(area.sum())
        return CaseScore(str(problem.date), float((area * crps).sum()) / weight, weight)


@dataclass(frozen=True)
class TrainingRun:
    """A training with settings of its own."""

    start: Start

    def averaged(self, weights: dict[str, Tensor]) -> Superresolver:
        """The model with these weights."""
        return self.start.averaged(weights)

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Superresolver:
        """The trained model, its gate open."""
        return self.start.fit(checkpoints, callbacks)[0]


def _mean(cases: Sequence[CaseScore]) -> float:
    return sum(case.weight * case.crps for case in cases) / sum(case.weight for case in cases)


def _behind(model: Superresolver, gate: Gate) -> Superresolver:
    return replace(model, contract=model.contract.model_copy(update={"gate": gate}))
