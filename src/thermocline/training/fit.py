"""Training that can be killed, resumed and repeated to the bit.

Every step's randomness (which samples, noise levels, noise) is a function of (seed, global step),
so that a resumed run is the same run, whoever draws its batches (`loader`); several processes share
each batch (`share`). Checkpoints are written to a temporary name and renamed; training is counted
in steps, never in seconds.
"""

import logging
import signal
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import lightning as L
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import Tensor, nn

from thermocline.config import TrainingConfig
from thermocline.training.bookkeeping import Bookkeeping
from thermocline.training.hardware import devices, precision_of, progress_bar
from thermocline.training.loader import told_of_workers
from thermocline.training.module import AtomicCheckpointIO, Batches, TrainingModule
from thermocline.training.objective import Fitted, Objective, Report
from thermocline.training.share import check_divisible, processes


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
