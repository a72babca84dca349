"""What a network is told besides the noisy field: where it is, what is sea, and the season."""

import math

import numpy as np
import torch
from torch import Tensor

from thermocline.ocean.grid import Grid


def unit_sphere(grid: Grid) -> Tensor:
    """Cell centres as points (x, y, z) on the unit sphere, [3, H, W]."""
    phi, lam = np.radians(grid.latitude)[:, None], np.radians(grid.longitude)[None, :]
    x, y = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam)
    z = np.broadcast_to(np.sin(phi), x.shape)
    return torch.from_numpy(np.stack([x, y, z]).astype(np.float32))


def season(month: Tensor) -> Tensor:
    """Sine and cosine of the time of year for calendar months 1–12, [B] → [B, 2]."""
    phase = 2 * math.pi * (month.float() - 0.5) / 12
    return torch.stack([phase.sin(), phase.cos()], dim=-1)
