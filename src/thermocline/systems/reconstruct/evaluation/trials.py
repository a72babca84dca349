"""What a trained prior is worth: CRPS on validation cases, and what an answer costs.

The ensemble OI's analyses and draws of the validation cases do not depend on anything that is
searched: they are computed once, and every trial is scored on the same cases with the same noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.concurrency import side_by_side
from thermocline.config import Config
from thermocline.files import sha256_file
from thermocline.ocean.problem import Analysis, Field
from thermocline.systems.learning import COST, CRPS, GATED, CaseScore, Scores
from thermocline.systems.paths import StagePaths
from thermocline.systems.reconstruct.baselines.leave_out import LeaveOut
from thermocline.systems.reconstruct.config import settings
from thermocline.systems.reconstruct.data.cases import Case, CaseBook
from thermocline.systems.reconstruct.data.states import States
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.systems.reconstruct.model.assemble import assemble
from thermocline.systems.reconstruct.model.calibration import Drawn, combine, fit_gate
from thermocline.systems.reconstruct.model.guided import BLOCK
from thermocline.systems.reconstruct.model.method import Reconstructor, observed_fraction
from thermocline.systems.reconstruct.model.train import train_prior
from thermocline.training.weights import named_weights
from thermocline.verify.scores import pool


class Trials:
    """See `systems.learning`."""

    def __init__(self, config: Config, root: Path = Path()):
        built = StagePaths("reconstruct", config, root)
        file = built.baselines / "ensemble_oi.safetensors"
        self.config, self.store = config, States.open(built.store)
        self.ensemble = EnsembleOI.load(file)
        self.data_digest = self.store.digest()
        self.digest = f"{self.data_digest} {sha256_file(file)}"

    @cached_property
    def examination(self) -> "Examination":
        """The validation cases; made for the first trial, and used for all."""
        return Examination(self.config, self.store, self.ensemble)

    def begin(self, config: Config) -> "TrainingRun":
        """A training with the settings of `config`."""
        return TrainingRun(self, config)

    def quick_score(self, model: Reconstructor) -> float:
        """CRPS in °C on every second case."""
        return self.examination.quick_score(model)

    def score(self, model: Reconstructor) -> Scores:
        """All three scores on all cases."""
        return self.examination.score(model)


@dataclass(frozen=True)
class TrainingRun:
    """A training with an examiner's data and settings of its own."""

    examiner: Trials
    config: Config

    def averaged(self, weights: dict[str, Tensor]) -> Reconstructor:
        """The model with these weights."""
        return self._assemble({f"ema.{name}": value for name, value in weights.items()})

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Reconstructor:
        """The trained model, its gate fully open."""
        own = self.examiner
        fitted = train_prior(self.config, own.store, own.ensemble, checkpoints, callbacks=callbacks)
        return self._assemble(named_weights(fitted))

    def _assemble(self, weights: dict[str, Tensor]) -> Reconstructor:
        own = self.examiner
        return assemble(self.config, own.store, weights, own.data_digest, own.ensemble)


class Examination:
    """Validation cases at the middle density of columns, with all that no trial changes."""

    def __init__(self, config: Config, store: States, ensemble: EnsembleOI):
        own = settings(config)
        densities = own.evaluate.densities
        self.density = densities[len(densities) // 2]
        self.cases = list(CaseBook(store, config, "validation").columns(self.density))
        self.others, self.statistics = LeaveOut(store, ensemble), store.statistics
        self.area = np.asarray(store.grid.cell_area())
        # As many as are computed at once in any case; fewer would not be cheaper.
        self.members = range(min(own.evaluate.members, BLOCK["cpu"]))
        self.seed = config.seed
        self.gaussian = own.model.masking.analysis

    @cached_property
    def starts(self) -> list[tuple[Field, Field]]:
        """The ensemble OI's analysis [C, H, W] and draws [M, C, H, W] of each case.

        Without the case's own member among its states, as the truth is of no member.
        """

        def start(numbered: tuple[int, Case, EnsembleOI]) -> tuple[Field, Field]:
            index, case, stranger = numbered
            return stranger.posterior(
                case.problem, self.members, self.seed + index, gaussian=self.gaussian
            )

        numbered = (
            (index, case, self.others(case.problem.case)) for index, case in enumerate(self.cases)
        )
        return list(side_by_side(start, numbered))

    def quick_score(self, model: Reconstructor) -> float:
        """CRPS in °C on every second case: enough to tell who has fallen behind."""
        chosen = range(0, len(self.cases), 2)
        return self._crps([self._draw(model, index) for index in chosen], chosen)

    def score(self, model: Reconstructor) -> Scores:
        """CRPS in °C on all cases, CRPS behind a gate, and the cost of a member in GFLOP.

        The gate is fitted on the even cases and scored on the odd ones, so that it is not judged
        by what it was fitted to; with a single case there is nothing else to judge it by.
        """
        count = range(len(self.cases))
        with FlopCounterMode(display=False) as counter:
            drawn = [self._draw(model, 0)]
        drawn += [self._draw(model, index) for index in count[1:]]
        fitted = [
            (case.density, case.problem, case.truth, each)
            for case, each in list(zip(self.cases, drawn, strict=True))[::2]
        ]
        gate = fit_gate(fitted, self.area)
        odd = count[1::2] or count
        factors = [gate.at(observed_fraction(self.cases[index].problem)) for index in odd]
        block = BLOCK["cuda" if next(model.prior.network.parameters()).is_cuda else "cpu"]
        values = {
            CRPS: self._crps(drawn, count),
            GATED: self._crps([drawn[index] for index in odd], odd, factors),
            COST: counter.get_total_flops() / 1e9 / block,
        }
        each = (self._crps([drawn[index]], range(index, index + 1)) for index in count)
        names = (case.problem.case for case in self.cases)
        return Scores(values, map(CaseScore, names, each))

    def _draw(self, model: Reconstructor, index: int) -> Drawn:
        problem, seed = self.cases[index].problem, self.seed + index
        return model.draw(problem, self.members, seed, self.starts[index])

    def _crps(
        self,
        drawn: list[Drawn],
        cases: range,
        factors: list[tuple[np.ndarray, np.ndarray]] | None = None,
    ) -> float:
        """Over all sea cells of `cases`; without gate factors, those of full trust."""
        trust = (np.ones(drawn[0].analysis.shape[0]),) * 2
        scores = []
        for index, each, gate in zip(cases, drawn, factors or [trust] * len(drawn), strict=True):
            case = self.cases[index]
            mean, members = combine(each, *gate)
            analysis = Analysis(mean=mean, members=members, evaluations=each.evaluations)
            scores.append(
                score_case(analysis, case.problem, case.truth, self.statistics, self.area)
            )
        return float(pool(scores).crps)
