"""Progress of an answer, reported from nested loops.

The work on an answer falls into parts, and those into parts again: tiles of a map, blocks of
members, steps of a sampler. A callback is called after each, and ends the work by raising.
Without a callback nothing is called.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from thermocline.errors import holding

if TYPE_CHECKING:
    from thermocline.diffusion.walk import Callback, Intermediate
    from thermocline.systems.endpoint import Progress

Item = TypeVar("Item")


@dataclass
class _Watch:
    """Who watches, and at which part of how many each level is, from the outermost inwards."""

    progress: "Progress"
    levels: list[tuple[int, int]] = field(default_factory=list)
    finest: int = 1

    def at(self, depth: int, done: int, of: int) -> None:
        """Tell that a level has come so far; those within it are over."""
        self.levels[depth:] = [(done, of)]
        whole, parts = 0, 1
        for number, count in self.levels:
            whole, parts = whole * count + number, parts * count
        self.finest = max(self.finest, parts)
        finer = self.finest // parts
        self.progress(whole * finer, parts * finer)


_WATCH: ContextVar[_Watch | None] = ContextVar("watch", default=None)


def watched(progress: "Progress") -> AbstractContextManager[None]:
    """Within it, on this thread, `progress` is called with the parts done, and of how many."""
    return holding(_WATCH, _Watch(progress))


def parts(items: Sequence[Item]) -> Iterator[Item]:
    """Go through a list whose items are equal parts of the work."""
    watch = _WATCH.get()
    if watch is None or not items:
        yield from items
        return
    depth, of = len(watch.levels), len(items)
    watch.at(depth, 0, of)
    for done, item in enumerate(items, 1):
        yield item
        watch.at(depth, done, of)
    del watch.levels[depth:]


def sampler_steps(steps: int) -> "Callback | None":
    """What `diffusion.samplers.sample` calls after each of its steps."""
    watch = _WATCH.get()
    if watch is None:
        return None
    depth = len(watch.levels)

    def told(state: "Intermediate") -> None:
        watch.at(depth, state.step + 1, steps)

    return told
