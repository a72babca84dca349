"""Masking: what of a training state the network is given, drawn anew at each step.

The share shown is drawn evenly over orders of magnitude between `MIN_SHARE` and 1 − ratio; one
sample in `BLANK` is shown nothing, so that the same weights are an unconditional prior too.
"""

import torch
from torch import Tensor

from thermocline.config import MaskingConfig
from thermocline.systems.reconstruct.model.prior import Conditioning

MIN_SHARE = 0.002
BLANK = 16


def masked_observations(
    x: Tensor, ocean: Tensor, s_y: Tensor, masking: MaskingConfig, generator: torch.Generator
) -> Conditioning | None:
    """Values y = m·(x + n), n ~ N(0, s_y²), and m, each [B, C, H, W]; None if nothing ever is.

    Args:
        x: states [B, C, H, W]; `ocean` of the same shape says where they are known.
        s_y: error of an observation, [C, H, W].
    """
    if not masking.shows:
        return None
    batch = len(x)
    uniform = torch.rand(batch, generator=generator)
    most = max(1 - masking.ratio, MIN_SHARE)
    share = MIN_SHARE * (most / MIN_SHARE) ** uniform
    share = torch.where(torch.rand(batch, generator=generator) < 1 / BLANK, 0.0, share)
    columns = torch.rand(batch, 1, *x.shape[2:], generator=generator).expand_as(x)
    if masking.pattern == "columns":
        drawn = columns
    else:
        cells = torch.rand(x.shape, generator=generator)
        whole = torch.rand(batch, generator=generator) < 0.5
        if masking.pattern == "cells":
            whole = torch.zeros_like(whole)
        drawn = torch.where(whole[:, None, None, None], columns, cells)
    where = (drawn < share[:, None, None, None]) & ocean.bool()
    noise = torch.randn(x.shape, generator=generator) * s_y
    return Conditioning(torch.where(where, x + noise, 0.0), where.to(x.dtype))
