"""A trial: the training of params.yaml at a smaller scale, judged at its rungs and at its end."""

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from thermocline.config import Config
from thermocline.errors import BadData
from thermocline.tuning.overrides import override
from thermocline.tuning.pruning import rungs

if TYPE_CHECKING:
    from thermocline.systems.learning import TrialEvaluator


@dataclass(frozen=True)
class Attempt:
    """What is to be tried.

    Attributes:
        config: params.yaml with the trial's settings and its number of steps.
        checkpoints: where training writes its checkpoints, and continues from them.
        judged: rungs that were judged before the trial was killed.
        judge: told a rung and its CRPS; whether the trial is to be given up.
    """

    config: Config
    checkpoints: Path
    judged: frozenset[int]
    judge: Callable[[int, float], bool]


class Judge(Protocol):
    """Says what an attempt is worth."""

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        """Scores by name (see `systems.learning`); raises TrialPruned if `attempt.judge` gives
        it up.
        """
        ...


class Trainer:
    """Trains a system and has its evaluator score it on validation years."""

    def __init__(self, system: str, evaluator: "TrialEvaluator"):
        self.system, self.evaluator = system, evaluator

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        from thermocline.tuning.rungs import Rungs, Weights

        begun = self.evaluator.begin(attempt.config)

        def judge(step: int, weights: Weights) -> bool:
            if step in attempt.judged:
                return False
            return attempt.judge(step, self.evaluator.quick_score(begun.averaged(weights)))

        steps = attempt.config.section(self.system).training.steps
        model = begun.fit(attempt.checkpoints, [Rungs(rungs(steps), judge)])
        scores = self.evaluator.score(model)
        if not all(math.isfinite(value) for value in scores.values()):
            raise BadData(f"scores {scores}", where="trial")
        return scores


def shortened(config: Config, system: str, steps: int) -> Config:
    """`config` with trainings of `steps` steps, to scale.

    What params.yaml counts in steps, warm-up and the horizon of the weights' average, takes the
    same share of the shorter training; otherwise a trial would end while it warms up. Checkpoints
    are at most as far apart as the start and the first rung.
    """
    training = config.section(system).training
    scale = min(1.0, steps / training.steps)
    often = min(training.checkpoint_every, *rungs(steps), steps)
    prefix = f"{system}.training."
    return override(
        config,
        {
            f"{prefix}steps": steps,
            f"{prefix}warmup": max(1, round(training.warmup * scale)),
            f"{prefix}ema": training.ema ** (1 / scale),
            f"{prefix}validate_every": steps,
            f"{prefix}checkpoint_every": often,
        },
    )


def forget(checkpoints: Path) -> None:
    """Remove an ended trial's checkpoints."""
    shutil.rmtree(checkpoints, ignore_errors=True)
