"""A training step of a system's network, as `training.fit` takes it, on made-up values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.config import TrainingConfig


def stepping(each: Any, config: "TrainingConfig") -> Callable[[], None]:
    """Takes one step of a `TrainedNetwork` by these settings, whenever it is called."""
    import torch

    from thermocline.training.module import TrainingModule

    module = TrainingModule(each.network().train(), each, config, seed=0)
    optimiser = module.configure_optimizers()["optimizer"]
    half = config.precision == "bf16-mixed"

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = each.loss(module.network, config.batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.network.parameters(), config.gradient_clip)
        optimiser.step()
        module.ema.update_parameters(module.network)

    return step
