"""The rungs of a training: where the averaged network is scored, and perhaps given up."""

from collections.abc import Callable
from typing import Any

import lightning as L
import optuna
from torch import Tensor

Weights = dict[str, Tensor]


class Rungs(L.Callback):
    """Scores the averaged network at each rung; raises TrialPruned if `judge` gives it up.

    Args:
        steps: those to score at.
        judge: of (step, averaged weights), whether to stop; called on the first process alone.
    """

    def __init__(self, steps: tuple[int, ...], judge: Callable[[int, Weights], bool]):
        self.steps, self.judge = steps, judge
        self.judged: set[int] = set()

    def on_train_start(self, trainer: L.Trainer, module: Any) -> None:
        """A rung whose checkpoint was written, but which was not judged before a kill."""
        self._judge(trainer, module)

    def on_train_batch_end(self, trainer: L.Trainer, module: Any, *_: Any) -> None:
        self._judge(trainer, module)

    def _judge(self, trainer: L.Trainer, module: Any) -> None:
        if trainer.global_step not in self.steps or trainer.global_step in self.judged:
            return  # no rung, or a part of the step after one
        self.judged.add(trainer.global_step)
        stop = False
        if trainer.is_global_zero:
            network = module.ema.module
            stop = self.judge(trainer.global_step, network.state_dict())
        if trainer.strategy.broadcast(stop):
            raise optuna.TrialPruned(f"behind at step {trainer.global_step}")
