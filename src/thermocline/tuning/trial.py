"""A trial: the training of params.yaml at a smaller scale, judged at its rungs and at its end."""

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from thermocline.baselines.ensemble_oi import EnsembleOI
from thermocline.config import Config
from thermocline.errors import BadData
from thermocline.prepare.store import Store
from thermocline.tuning.pruning import rungs
from thermocline.tuning.space import override, settings_of

if TYPE_CHECKING:
    from thermocline.tuning.score import Examination


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


class Examiner(Protocol):
    """Says what an attempt is worth."""

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        """Scores by name (see `score`); raises TrialPruned if `attempt.judge` gives it up."""
        ...


class Training:
    """Trains a prior and scores it on validation years."""

    def __init__(self, config: Config, store: Store, ensemble: EnsembleOI, data_digest: str):
        self.config, self.data_digest = config, data_digest
        self.store, self.ensemble = store, ensemble

    @cached_property
    def examination(self) -> "Examination":
        """The validation cases; made for the first trial, and used for all."""
        from thermocline.tuning.score import Examination

        return Examination(self.config, self.store, self.ensemble)

    def __call__(self, attempt: Attempt) -> Mapping[str, float]:
        from thermocline.systems.reconstruct.assemble import assemble
        from thermocline.systems.reconstruct.method import Reconstructor
        from thermocline.systems.reconstruct.train import named_weights, train_prior
        from thermocline.tuning.rungs import Rungs, Weights

        def model(weights: Weights) -> Reconstructor:
            return assemble(attempt.config, self.store, weights, self.data_digest, self.ensemble)

        def judge(step: int, weights: Weights) -> bool:
            if step in attempt.judged:
                return False
            averaged = {f"ema.{name}": value for name, value in weights.items()}
            return attempt.judge(step, self.examination.glance(model(averaged)))

        callback = Rungs(rungs(attempt.config.reconstruct.training.steps), judge)
        fitted = train_prior(
            attempt.config, self.store, self.ensemble, attempt.checkpoints, callbacks=[callback]
        )
        scores = self.examination.score(model(named_weights(fitted)))
        if not all(math.isfinite(value) for value in scores.values()):
            raise BadData(f"scores {scores}", where="trial")
        return scores


def shortened(config: Config, system: str, steps: int) -> Config:
    """`config` with trainings of `steps` steps, to scale.

    What params.yaml counts in steps, warm-up and the horizon of the weights' average, takes the
    same share of the shorter training; otherwise a trial would end while it warms up. A checkpoint
    is written at every rung.
    """
    training = settings_of(config, system).training
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
