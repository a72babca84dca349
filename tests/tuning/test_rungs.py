"""Each rung is judged once, however a step is computed and however often a training begins."""

from types import SimpleNamespace
from typing import Any

import lightning as L
import optuna
import pytest
import torch

from thermocline.tuning.rungs import Rungs, Weights


class Tiny(L.LightningModule):
    """One weight, with an average that is the network itself."""

    def __init__(self) -> None:
        super().__init__()
        self.network = torch.nn.Linear(1, 1)
        self.ema = SimpleNamespace(module=self.network)

    def training_step(self, batch: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = self.network(batch).square().mean()
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.network.parameters(), lr=0.1)


def fit(rungs: Rungs, accumulate: int) -> None:
    trainer: Any = L.Trainer(
        accelerator="cpu",
        max_steps=5,
        accumulate_grad_batches=accumulate,
        callbacks=[rungs],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    ones: Any = list(torch.ones(40, 1))
    trainer.fit(Tiny(), torch.utils.data.DataLoader(ones))


@pytest.mark.parametrize("accumulate", [1, 4])
def test_each_rung_is_judged_once(accumulate: int) -> None:
    judged = []

    def judge(step: int, weights: Weights) -> bool:
        judged.append(step)
        return False

    fit(Rungs((1, 3), judge), accumulate)
    assert judged == [1, 3]


def test_a_training_of_several_parts_is_given_up() -> None:
    with pytest.raises(optuna.TrialPruned, match="step 3"):
        fit(Rungs((1, 3), lambda step, _: step == 3), 4)
