"""Scores of a study's models: CRPS on validation cases, and the cost of an answer.

Every trial has the same cases and noise, with as many members as are computed at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch.utils.flop_counter import FlopCounterMode

from thermocline.config import Config
from thermocline.systems.learning import CALIBRATED_CRPS, COST, CRPS, CaseScore, Scores, TrainingRun
from thermocline.systems.members import BLOCK

M = TypeVar("M")
"""A model, with its `network`."""
D = TypeVar("D")
"""What a model makes of a case before it is calibrated."""


class ValidationTrials(ABC, Generic[M, D]):
    """A `learning.TrialEvaluator`; a subclass says how models are made and answer its cases."""

    data_digest: str
    digest: str

    def __init__(self, config: Config, root: Path = Path()):
        self.config, self.root = config, root

    @abstractmethod
    def begin(self, config: Config) -> TrainingRun:
        """A training with the settings of `config`."""

    @property
    @abstractmethod
    def cases(self) -> Sequence[Any]:
        """The validation cases, in the same order always."""

    @abstractmethod
    def draw(self, model: M, index: int) -> D:
        """What the model makes of a case."""

    @abstractmethod
    def case_score(self, model: M, index: int, drawn: D) -> CaseScore:
        """The score of a draw with the model's calibration."""

    def uncalibrated(self, model: M) -> M:
        """The model whose network is trusted fully; as it is, if it has no calibration."""
        return model

    def calibrated(self, model: M, drawn: Mapping[int, D]) -> M:
        """The model calibrated on some cases, given by number."""
        return model

    def quick_score(self, model: M) -> float:
        """CRPS on every second case, for pruning."""
        model = self.uncalibrated(model)
        drawn = {index: self.draw(model, index) for index in range(0, len(self.cases), 2)}
        return _mean(self.case_score(model, *each) for each in drawn.items())

    def score(self, model: M) -> Scores:
        """CRPS on all cases, without and with calibration, and the cost of a member in GFLOP.

        The calibration is fitted on the even cases and scored on the odd ones, which are
        independent of it; a single case is used for both.
        """
        model = self.uncalibrated(model)
        with FlopCounterMode(display=False) as counter:
            drawn = {0: self.draw(model, 0)}
        drawn |= {index: self.draw(model, index) for index in range(1, len(self.cases))}
        cases = [self.case_score(model, *each) for each in drawn.items()]
        even = {index: each for index, each in drawn.items() if index % 2 == 0}
        odd = {index: each for index, each in drawn.items() if index % 2} or drawn
        trusted = self.calibrated(model, even)
        network: Any = model.network  # type: ignore[attr-defined]
        block = BLOCK[next(network.parameters()).device.type]
        values = {
            CRPS: _mean(cases),
            CALIBRATED_CRPS: _mean(self.case_score(trusted, *each) for each in odd.items()),
            COST: counter.get_total_flops() / 1e9 / block,
        }
        return Scores(values, cases)


def shorter(training: Any, share: float) -> Any:
    """A part's training of a share of its steps, with warm-up and average to the same scale."""
    steps = max(1, round(training.steps * share))
    scaled = {
        "warmup": max(1, round(training.warmup * share)),
        "ema": training.ema ** (1 / min(share, 1.0)),
    }
    often = {
        name: min(getattr(training, name), steps) for name in ("checkpoint_every", "validate_every")
    }
    return training.model_copy(update={"steps": steps, **scaled, **often})


def _mean(scores: Iterable[CaseScore]) -> float:
    scores = list(scores)
    return sum(each.weight * each.crps for each in scores) / sum(each.weight for each in scores)
