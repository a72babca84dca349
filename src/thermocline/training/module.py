"""What Lightning trains: a network with its average, its batches, and its checkpoints."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import lightning as L
import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from thermocline.config import TrainingConfig
from thermocline.files import atomic_path
from thermocline.training.loader import Numbered, batches
from thermocline.training.muon import Muon
from thermocline.training.objective import Metrics, Objective
from thermocline.training.share import Share


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
