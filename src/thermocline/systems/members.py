"""Members in blocks of a fixed size, each in its own place in its block.

Their noise is keyed by (seed, member, step): from the same origin, member k is the same to the bit
whatever the number of members asked for. Origins that a start draws may themselves be solved for
together (`baselines.column_oi`), and then agree but for rounding, some 10⁻⁶ of a unit.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from thermocline.ocean.problem import Field
from thermocline.systems.progress import parts

BLOCK = {"cpu": 4, "cuda": 32}
"""Members that are computed at once; fewer would not be cheaper."""


def in_blocks(
    members: Sequence[int],
    shape: tuple[int, ...],
    device: torch.device,
    sample: Callable[[range], Tensor],
) -> Field:
    """Members [M, *shape], of which `sample` gives a block at a time, by their numbers."""
    block, fields = BLOCK[device.type], np.empty((len(members), *shape), np.float32)
    wanted = {member: place for place, member in enumerate(members)}
    for first in parts(sorted({member - member % block for member in members})):
        numbers = range(first, first + block)
        for member, field in zip(numbers, sample(numbers), strict=True):
            if member in wanted:
                fields[wanted[member]] = field.cpu().numpy()
    return fields
