"""Training that can be killed, resumed and repeated to the bit.

Every step's randomness (which samples, noise levels, noise) is a function of (seed, global step),
so that a resumed run is the same run, whoever draws its batches (`loader`); several processes share
each batch (`share`). Checkpoints are written to a temporary name and renamed; training is counted
in steps, never in seconds.
"""

import logging
import math
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from thermocline.config import TrainingConfig
from thermocline.errors import ThermoclineError
from thermocline.files import atomic_path
from thermocline.training.hardware import devices, precision_of, progress_bar
from thermocline.training.loader import Numbered, batches, told_of_workers
from thermocline.training.muon import Muon
from thermocline.training.objective import Fitted, Metrics, Objective, Report
from thermocline.training.share import Share, check_divisible, processes


class TrainingModule(L.LightningModule):
    """A network, its exponential moving average, and an objective."""

    def __init__(self, network: nn.Module, objective: Objective, config: TrainingConfig, seed: int):
        super().__init__()
        # Convolutions are 8 to 20 % faster so, on processors as on GPUs.
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.ema))
        # Averaged, not trained: processes exchange no gradients of it.
        self.ema.requires_grad_(False)
        self.objective, self.config, self.seed = objective, config, seed
        self.history: list[tuple[int, Metrics]] = []
        self.losses: list[Tensor] = []

    def training_step(self, batch: Numbered, index: int) -> Tensor:
        step, drawn = batch
        assert step == self.global_step, f"a batch of step {step} at step {self.global_step}"
        loss = self.objective.loss(self.network, drawn)
        self.losses.append(loss.detach())
        self.log("loss", loss, prog_bar=True, batch_size=self.config.batch)
        return loss

    def configure_optimizers(self) -> Any:
        config, network = self.config, self.network
        muon = config.optimizer == "muon"
        made = partial(Muon, network) if muon else partial(AdamW, network.parameters())
        optimizer = made(lr=config.learning_rate, weight_decay=1e-4, fused=config.fused or None)
        # No precision here scales gradients; Lightning would not clip those that are.
        optimizer._step_supports_amp_scaling = False
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._learning_rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to zero at the last step."""
        warm = min(1.0, (step + 1) / self.config.warmup)
        return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.config.steps)))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = [(int(step), dict(metrics)) for step, metrics in checkpoint["history"]]


class Batches:
    """What Lightning takes batches from, without end, from the step on that training is at."""

    def __init__(self, module: TrainingModule):
        self.module = module

    def __iter__(self) -> Iterator[Numbered]:
        module, trainer = self.module, self.module.trainer
        share = Share(trainer.global_rank, trainer.world_size)
        accumulate = module.config.accumulate
        return batches(module.objective, module.seed, share, trainer.global_step, accumulate)

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the step says all."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See `state_dict`."""


class AtomicCheckpointIO(TorchCheckpointIO):
    """Checkpoints that are whole or absent, and are read without unpickling code."""

    def save_checkpoint(self, checkpoint: Any, path: Any, storage_options: Any = None) -> None:
        with atomic_path(path) as temporary:
            torch.save(checkpoint, temporary)

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: bool | None = True
    ) -> Any:
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)


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


def fit(
    network: nn.Module,
    objective: Objective,
    config: TrainingConfig,
    seed: int,
    folder: Path,
    report: Report = lambda step, metrics: None,
    accelerator: str = "auto",
    callbacks: Sequence[L.Callback] = (),
) -> Fitted:
    """Train `network` for `config.steps` steps, continuing from `folder`/last.ckpt if it is there.

    The folder must belong to this very configuration, code and data: the caller names it after
    their digest. Returns the weights. On a processor the same call gives the same weights to the
    bit, however often it was interrupted; on a GPU, whose sums have no fixed order, to rounding.
    `callbacks` run after each step's bookkeeping. Started by `torchrun`, its processes share each
    batch and all return the weights.

    Raises:
        BadConfig: if a batch cannot be shared equally.
        ThermoclineError: if a loss, or a weight, is not finite.
        SystemExit: with status 143, after a step, if SIGTERM ends it.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    check_divisible(config.batch, processes(), config.accumulate)
    checkpoint = folder / "last.ckpt"
    module = TrainingModule(network, objective, config, seed)
    trainer = L.Trainer(
        max_steps=config.steps,
        max_epochs=-1,
        accelerator=accelerator,
        **devices(),
        precision=precision_of(config.precision, accelerator),
        gradient_clip_val=config.gradient_clip,
        accumulate_grad_batches=config.accumulate,
        callbacks=[Bookkeeping(checkpoint, report), *callbacks, progress_bar()],
        plugins=[AtomicCheckpointIO()],
        enable_checkpointing=False,
        enable_model_summary=False,
        logger=False,
        default_root_dir=folder,
        use_distributed_sampler=False,
    )
    begun = str(checkpoint) if checkpoint.is_file() else None
    with warnings.catch_warnings():
        # Lightning's own use of what torch deprecates: nothing that a user could change.
        warnings.filterwarnings("ignore", message=r".*isinstance\(treespec, LeafSpec\)")
        try:
            told_of_workers(partial(trainer.fit, module, Batches(module), ckpt_path=begun))
        except SIGTERMException:  # whose exit status is that of success
            sys.exit(128 + signal.SIGTERM)
    return Fitted(raw=_plain(module.network), ema=_plain(module.ema.module), history=module.history)


def _plain(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
