"""The batches of a training, drawn in the order of its steps: here, or ahead of time by workers.

All randomness of a step is a function of (seed, step): whichever process draws a batch, and however
far ahead, it is the same batch. So training goes on from any step, and the result does not depend
on the number of workers.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from thermocline.errors import BadConfig, ThermoclineError
from thermocline.training.objective import step_generator
from thermocline.training.share import Share

WORKERS = "THERMOCLINE_LOADER_WORKERS"
"""The environment variable that says how many processes draw batches ahead; none by default."""
AHEAD = 2
"""Batches that each of them keeps ready."""
MOMENT = 0.5
"""Seconds within which a worker's death is told."""

Numbered = tuple[int, Any]
"""A step and its batch."""


class Drawing(Protocol):
    """What draws batches; each worker has a copy."""

    def draw(self, generator: torch.Generator, share: Share) -> Any:
        """A share of one batch, tensors on the processor; all randomness is the generator's."""
        ...


class Steps(IterableDataset[Numbered]):
    """The batches of step `first` and of all that follow, each as a number of shares.

    Of W workers each draws every W-th share.
    """

    def __init__(self, drawing: Drawing, seed: int, shares: Sequence[Share], first: int):
        self.drawing, self.seed, self.shares, self.first = drawing, seed, shares, first

    def __iter__(self) -> Iterator[Numbered]:
        worker = get_worker_info()
        offset, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        parts = len(self.shares)
        for number in itertools.count(self.first * parts + offset, stride):
            step, part = divmod(number, parts)
            yield step, self.drawing.draw(step_generator(self.seed, step), self.shares[part])


def batches(
    drawing: Drawing, seed: int, share: Share, first: int, accumulate: int = 1
) -> Iterator[Numbered]:
    """Numbered batches from step `first` on, without end, in order.

    Args:
        share: of each batch that is drawn.
        accumulate: parts of that share, which come one after another, with the same number.

    Raises:
        BadConfig: if the environment asks for a number of workers that is none.
    """
    workers = loader_workers()
    loader = DataLoader(
        Steps(drawing, seed, share.shared(accumulate), first),
        batch_size=None,
        collate_fn=as_drawn,
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        # Forks share what the objective holds; other ways of starting would copy it.
        multiprocessing_context="fork" if workers else None,
        pin_memory=torch.cuda.is_available(),
    )
    return iter(loader)


def told_of_workers(work: Callable[[], None]) -> None:
    """Do what waits for workers, so that a worker's death ends in an error that says so.

    A worker's socket may break before its parent is told of its death; that is then told by an
    exception wherever the parent is just then, within a moment.

    Raises:
        ThermoclineError: if a worker was killed, as one is when memory is short.
    """
    try:
        try:
            work()
        except (OSError, EOFError):
            time.sleep(MOMENT)
            raise
    except (RuntimeError, OSError, EOFError) as problem:
        broken = isinstance(problem, (ConnectionError, EOFError))
        if not (broken or "DataLoader worker" in str(problem)) or not loader_workers():
            raise
        raise ThermoclineError(
            f"a process that draws batches was killed ({problem})",
            where="training",
            fix=f"run the command again: it goes on from its last checkpoint; if memory was short, "
            f"with a smaller {WORKERS}",
        ) from problem


def as_drawn(batch: Any) -> Any:
    """A numbered batch as it is: it is whole already."""
    return batch


def loader_workers() -> int:
    """How many processes draw batches ahead, beside each process that trains."""
    asked = os.environ.get(WORKERS, "0")
    if not asked.isdecimal():
        raise BadConfig(
            f"{WORKERS} is {asked!r}", where="environment", fix="give a whole number, such as 4"
        )
    return int(asked)
