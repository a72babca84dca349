"""What a network is given besides the noisy field: where it is, the season, and of an analysis."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from thermocline.ocean.grid import Grid
from thermocline.ocean.sphere import unit_vectors


def unit_sphere(grid: Grid) -> Tensor:
    """Cell centres as points (x, y, z) on the unit sphere, [3, H, W]."""
    points = np.moveaxis(unit_vectors(*grid.centres()), -1, 0)
    return torch.from_numpy(np.ascontiguousarray(points, np.float32))


def season(month: Tensor) -> Tensor:
    """Sine and cosine of the time of year for calendar months 1–12, [B] → [B, 2]."""
    phase = 2 * math.pi * (month.float() - 0.5) / 12
    return torch.stack([phase.sin(), phase.cos()], dim=-1)


REACH = (9, 25, 63)
"""Widths, in cells, of the squares over which innovations are averaged."""
HALF_BELIEVED = (1.0, 2.0, 3.0)
"""Observations in such a square at which their mean is believed by half."""
INNOVATION = 3.0
"""Innovations are a few tenths; networks like numbers of order one."""


def informed_count(channels: int) -> int:
    """How many fields `informed_fields` gives for `channels` levels."""
    return (3 + len(REACH)) * channels + 2


def informed_fields(y: Tensor, where: Tensor, analysis: Tensor) -> Tensor:
    """What an analysis says, and what the observations say of it, [B, n, H, W].

    The analysis a; the innovations y − a where observed, and their shrunk means over wide squares
    (an analysis that is too cold over a basin shows there); where is observed, and how densely.

    Args:
        y, where, analysis: observed values, a mask of ones and zeros, a, each [B, C, H, W].
    """
    innovation = INNOVATION * (y - analysis) * where
    counts = [box_sum(where, width) for width in REACH]
    means = [
        box_sum(innovation, width) / (count + enough)
        for width, count, enough in zip(REACH, counts, HALF_BELIEVED, strict=True)
    ]
    near, far = (
        torch.log(1e-3 + count.mean(dim=1, keepdim=True) / width**2)
        for width, count in zip(REACH[:2], counts[:2], strict=True)
    )
    return torch.cat([analysis, innovation, where, *means, near, far], dim=1)


def box_sum(field: Tensor, width: int) -> Tensor:
    """Sum over squares of `width` (odd) cells around each cell, [B, C, H, W].

    Periodic in longitude; nothing beyond the first and last row. A square never counts a column
    twice. By differences of running sums, whatever the width.
    """
    rows, columns = field.shape[-2:]
    half, up = min(width, columns - 1 + columns % 2) // 2, width // 2
    round_globe = torch.cat([field[..., columns - half :], field, field[..., :half]], dim=-1)
    along = _running(F.pad(round_globe, (1, 0)).cumsum(dim=-1), 2 * half + 1, columns, -1)
    return _running(F.pad(along, (0, 0, up + 1, up)).cumsum(dim=-2), width, rows, -2)


def _running(total: Tensor, width: int, count: int, dim: int) -> Tensor:
    return total.narrow(dim, width, count) - total.narrow(dim, 0, count)
