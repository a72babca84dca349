"""What a training runs on: devices, precision, and how its progress is shown."""

import os
import sys
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import RichProgressBar, TQDMProgressBar

from thermocline.training.share import processes


def devices() -> dict[str, Any]:
    """Lightning's devices: one, or one each of the processes that `torchrun` started."""
    if processes() == 1:
        return {"devices": 1}
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    # A share may leave a part of the network out, such as a head for samples that it has none of.
    strategy = "ddp_find_unused_parameters_true"
    return {"devices": here, "num_nodes": processes() // here, "strategy": strategy}


def precision_of(wanted: str, accelerator: str = "auto") -> Any:
    """Lightning's precision; `auto` is bf16-mixed if the device has instructions for it."""
    if wanted != "auto":
        return wanted
    if accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    # torch's public check is true for processors that imitate bf16, at half the speed.
    known = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    able = any(getattr(torch.cpu, name, lambda: False)() for name in known)
    return "bf16-mixed" if able else "32-true"


def progress_bar() -> L.Callback:
    """Lightning's, fit for where the output goes."""
    # A log file gets a line now and then instead of a redrawn bar.
    return RichProgressBar() if sys.stdout.isatty() else TQDMProgressBar(refresh_rate=100)
