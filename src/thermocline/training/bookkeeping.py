"""What is done after every step of a training."""

from pathlib import Path
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn

from thermocline.config import TrainingConfig
from thermocline.errors import ThermoclineError
from thermocline.training.loader import Numbered
from thermocline.training.objective import Report

WATCHED = 50
"""Steps after which losses on an accelerator are looked at: each look waits for it."""


class Bookkeeping(L.Callback):
    """After every step: average the weights; now and then: validate, report, write a checkpoint.

    One callback, because the order matters: a checkpoint must hold the average of its own step,
    and none is written of a training that has come to no number.
    """

    def __init__(self, checkpoint: Path, report: Report):
        self.checkpoint, self.report = checkpoint, report
        self.losses: list[Tensor] = []

    def on_train_batch_end(
        self, trainer: L.Trainer, module: Any, outputs: Any, batch: Numbered, *_: Any
    ) -> None:
        if trainer.global_step == batch[0]:
            return  # a part of a step
        loss = torch.stack(module.losses).mean()
        module.losses.clear()
        module.ema.update_parameters(module.network)
        step, config = trainer.global_step, module.config
        last = step == config.steps
        validates = step % config.validate_every == 0 or last
        saves = step % config.checkpoint_every == 0 or last
        self.losses.append(loss)
        if validates or saves or loss.device.type == "cpu" or len(self.losses) == WATCHED:
            _check_finite(torch.stack(self.losses), step, module)
            self.losses.clear()
        if validates or saves:
            _check_finite(_size(module.network), step, module)
        if validates:
            was_training = module.ema.training
            module.ema.eval()
            metrics = module.objective.validate(module.ema.module)
            module.ema.train(was_training)
            metrics["train_loss"] = float(trainer.strategy.reduce(loss))
            module.history.append((step, metrics))
            if trainer.is_global_zero:
                self.report(step, metrics)
        if saves:
            trainer.save_checkpoint(self.checkpoint)


def _size(network: nn.Module) -> Tensor:
    """The sum of all weights' magnitudes, in one number."""
    weights = [each.detach().abs().sum() for each in network.parameters()]
    return torch.stack(weights).sum()[None] if weights else torch.zeros(1)


def _check_finite(values: Tensor, step: int, module: Any) -> None:
    """Raise ThermoclineError unless the losses up to a step, or its weights, are numbers."""
    bad = (~values.isfinite()).nonzero()
    if len(bad):
        config: TrainingConfig = module.config
        first = step - len(values) + 1 + int(bad[0, 0])
        raise ThermoclineError(
            f"step {first} of {config.steps} gave no finite number: the loss or the weights are "
            f"{float(values[bad[0, 0]])}",
            where="training",
            fix=f"lower learning_rate ({config.learning_rate:g}) or gradient_clip "
            f"({config.gradient_clip:g}), lengthen warmup ({config.warmup}), or set precision "
            f"32-true ({config.precision}); if it is the first step, look at the noise levels of "
            "model.process and at the prepared data",
        )
