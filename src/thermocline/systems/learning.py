"""The interface of hyperparameter studies: training for some steps, and scores on validation cases.

All systems use the same names of scores.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from thermocline.config import Config

if TYPE_CHECKING:
    from torch import Tensor

CRPS, CALIBRATED_CRPS, COST = "validation_crps", "gated_crps", "gflop_per_member"
"""Scores of a trained model. A search minimises the first: CRPS in °C or, where variables differ in
unit, in standard deviations of each, of the members without calibration (calibration hides poor
networks, and with it most differences between trials). The second is CRPS with a calibration
fitted on other cases; the third is the cost of a member, in 10⁹ floating-point operations."""

VALIDATION = "validation.json"
"""A trained model's own scores of that kind, beside its files; no part of it."""


class CaseScore(NamedTuple):
    """CRPS of one case; cases of one `unit`, such as a day, are drawn together."""

    unit: str
    crps: float
    weight: float = 1.0


class Scores(dict[str, float]):
    """Scores by name; `cases` are those that `CRPS` is the mean of, in the same order always."""

    def __init__(self, values: Mapping[str, float], cases: Iterable[CaseScore] = ()):
        super().__init__(values)
        self.cases = tuple(cases)


class TrainingRun(Protocol):
    """A training that is about to begin."""

    def averaged(self, weights: "dict[str, Tensor]") -> Any:
        """The model with these weights of an unfinished training."""
        ...

    def fit(self, checkpoints: Path, callbacks: Sequence[Any]) -> Any:
        """The trained model; goes on from `checkpoints` if they were begun.

        Args:
            callbacks: Lightning callbacks, called after each step's bookkeeping.
        """
        ...


class TrialEvaluator(Protocol):
    """Trains models and scores them on validation cases.

    Attributes:
        data_digest: of the prepared data.
        digest: of all that trials have in common besides settings and code.
    """

    data_digest: str
    digest: str

    def begin(self, config: Config) -> TrainingRun:
        """A training with the settings of `config`."""
        ...

    def quick_score(self, model: Any) -> float:
        """CRPS on some of the cases, for pruning."""
        ...

    def score(self, model: Any) -> Scores:
        """`CRPS`, `CALIBRATED_CRPS` and `COST` on all cases, and the CRPS of each; whatever its own
        calibration."""
        ...
