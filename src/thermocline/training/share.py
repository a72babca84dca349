"""A share of a training batch: several processes, or parts one after another, train as one does.

For each of R shares the whole batch's randomness is drawn, and the loss computed of each R-th
sample from the share's number on. What a loss divides by is counted over the whole batch:

    L = Σ_i e_i / n,      L_r = R Σ_{i ≡ r (mod R)} e_i / n,      L = (Σ_r L_r) / R

so that the average of the shares' gradients is the whole batch's gradient.
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

    def shared(self, parts: int) -> "list[Share]":
        """This share in so many shares."""
        return [Share(self.rank + part * self.of, self.of * parts) for part in range(parts)]


WHOLE = Share()


def processes() -> int:
    """How many processes train together, as `torchrun` says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this process is the one that reports and writes."""
    return int(os.environ.get("RANK", "0")) == 0


def check_divisible(
    batch: int, processes: int, accumulate: int = 1, where: str = "training"
) -> None:
    """Raises BadConfig if a batch cannot be shared equally; `where` is the section that says it."""
    shares = processes * accumulate
    if batch % shares:
        raise BadConfig(
            f"a batch of {batch} does not divide into {shares} equal shares "
            f"(processes or devices: {processes}, parts of each: {accumulate})",
            where=f"{where}.batch",
            fix=f"give a multiple of {shares}, or change {where}.accumulate or the processes",
        )


def gathered(part: Tensor, share: Share) -> Tensor:
    """A tensor of the whole batch, put together from what each process has of it.

    Raises:
        BadConfig: if a process has its share in several parts.
    """
    if share.of == 1:
        return part
    if share.of != processes():
        raise BadConfig(
            "this training learns from whole batches",
            where="training.accumulate",
            fix="set it to 1, or start more processes",
        )
    parts = [torch.empty_like(part) for _ in range(share.of)]
    torch.distributed.all_gather(parts, part.contiguous())
    return torch.stack(parts, dim=1).flatten(0, 1)
