"""A model's answers to the tiles of a field, some tiles side by side.

Threads that share a tile would mostly wait for each other, and what they sum depends on how many
they are. So each of several tiles is made on one thread: the answer is the same on any machine of
one kind, whatever the number of its processors.
"""

from collections.abc import Iterator
from functools import partial

import torch
from threadpoolctl import threadpool_limits

from thermocline.concurrency import MOST, side_by_side
from thermocline.diffusion.noise import MemberNoise
from thermocline.observe.tiles import Tiling
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Analysis, Field
from thermocline.systems.superres.endpoints.part_noise import PartNoise
from thermocline.systems.superres.model.method import Superresolver

Answer = tuple[Field, Analysis]
"""The unit of a tile's noise, °C [H, W], and the model's answer to the tile."""


def tile_answers(
    model: Superresolver,
    problem: LowResolution,
    tiling: Tiling,
    tiles: list[int],
    members: int,
    seed: int,
) -> Iterator[Answer | None]:
    """The answers to some tiles, in their order; None for those without sea or without a value."""
    several = len(tiling) > 1

    def make(number: int) -> Answer | None:
        tile = tiling.tile(problem, number)
        if not (tile.observed.any() and tile.ocean.any()):
            return None
        noise = MemberNoise
        if several:
            noise = partial(PartNoise, blocks=tiling.blocks[number])  # type: ignore[assignment]
        given = model.conditioning(tile)
        return given.unit, model.analyse(tile, members, seed, given=given, noise=noise)

    def make_alone(number: int) -> Answer | None:
        torch.get_num_threads()  # a thread's first call gives it torch's number; 1 comes after it
        with threadpool_limits(1, user_api="openmp"):
            return make(number)

    return side_by_side(make_alone, tiles, workers()) if several else map(make, tiles)


def workers() -> int:
    """Tiles that are made at once: as many as torch may use threads; one on an accelerator."""
    return 1 if torch.cuda.is_available() else min(torch.get_num_threads(), MOST)
