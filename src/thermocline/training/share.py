"""A process's share of a training batch, so that several processes train as one does.

Every process draws the whole batch's randomness and computes the loss of each R-th sample from its
own number on. What a loss divides by is counted over the whole batch:

    L = Σ_i e_i / n,      L_r = R Σ_{i ≡ r (mod R)} e_i / n,      L = (Σ_r L_r) / R

so that the average of the processes' gradients, which they exchange, is the whole batch's gradient.
"""

import os
from typing import NamedTuple

import torch
from torch import Tensor

from thermocline.errors import BadConfig


class Share(NamedTuple):
    """Samples `rank`, `rank` + `of`, … of a batch; all of them by default."""

    rank: int = 0
    of: int = 1

    def part(self, batch: Tensor) -> Tensor:
        """This share of a tensor whose first axis is the sample."""
        return batch[self.rank :: self.of]


WHOLE = Share()


def processes() -> int:
    """How many processes train together, as `torchrun` says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this process is the one that reports and writes."""
    return int(os.environ.get("RANK", "0")) == 0


def check_divisible(batch: int, of: int) -> None:
    """Raises BadConfig if a batch cannot be shared equally."""
    if batch % of:
        raise BadConfig(
            f"a batch of {batch} cannot be shared by {of} processes",
            where="training.batch",
            fix=f"give a multiple of {of}, or start another number of processes",
        )


def gathered(part: Tensor, share: Share) -> Tensor:
    """A tensor of the whole batch, put together from what each process has of it."""
    if share.of == 1:
        return part
    parts = [torch.empty_like(part) for _ in range(share.of)]
    torch.distributed.all_gather(parts, part.contiguous())
    return torch.stack(parts, dim=1).flatten(0, 1)
