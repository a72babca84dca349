"""A super-resolution model on a field of any size: tile by tile, band by band, in bounded memory.

A band is a row of tiles. Tiles overlap, and their answers are summed with weights that make one of
them. When a row of tiles is made, the rows that no later tile reaches are finished; the sums of
those that the next band shares are carried over to it. Both can be kept in files (`Parts`): a
resumed answer is the same to the bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.answers.parts import Parts
from thermocline.concurrency import MAX_WORKERS, side_by_side
from thermocline.diffusion.noise import MemberNoise
from thermocline.memory import give_back
from thermocline.observe.tiles import Tiling
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Field
from thermocline.systems.progress import parts
from thermocline.systems.superres.endpoints.part_noise import PartNoise
from thermocline.systems.superres.endpoints.unusual import freezing_point
from thermocline.systems.superres.model.method import Superresolver

SIZE, OVERLAP = 64, 8
"""Blocks on a side of a tile, and those that neighbours share."""
AT_ONCE = 64
"""Rows whose standard deviation is taken at once."""
CARRY, EVALUATIONS = "carry", "evaluations"
"""What a band's file holds besides its fields."""


@dataclass(frozen=True, eq=False)
class Finer:
    """A finer field, or some rows of one; °C, NaN on land.

    Attributes:
        mean, std: [H, W]; `std` is None for fewer than two members.
        u: the map of uncertainty that scales the noise [H, W].
        members: [M, H, W], if they were asked for.
        evaluations: of the network, by a member and the mean.
    """

    mean: Field
    std: Field | None
    u: Field
    members: Field | None
    evaluations: int


Band = tuple[slice, dict[str, Field], int]
"""Finished rows, their fields by the names that `Finer` has for them, and its evaluations."""


def finer(
    model: Superresolver,
    problem: LowResolution,
    members: int,
    seed: int,
    *,
    keep: bool = False,
    size: int = SIZE,
    overlap: int = OVERLAP,
) -> Finer:
    """The model's answer to a problem of any size; of one tile, it is `model.analyse`'s.

    Beside the answer, only a band is in memory: see `bands`.

    Args:
        keep: give the members too.
    """
    made: dict[str, Field] = {}
    evaluations = 0
    for band in bands(model, problem, members, seed, keep=keep, size=size, overlap=overlap):
        rows, fields, evaluations = band
        for name, field in fields.items():
            if name not in made:
                made[name] = np.empty((*field.shape[:-2], *problem.ocean.shape), np.float32)
            made[name][..., rows, :] = field
    return Finer(made["mean"], made.get("std"), made["u"], made.get("members"), evaluations)


def bands(
    model: Superresolver,
    problem: LowResolution,
    members: int,
    seed: int,
    *,
    keep: bool = False,
    size: int = SIZE,
    overlap: int = OVERLAP,
    kept: Parts | None = None,
) -> Iterator[Band]:
    """The answer in bands, from the first row to the last.

    Members and mean that are colder than sea water freezes are set to that temperature, and the
    standard deviation is that of the members then.

    Args:
        keep: give the members too.
        kept: where bands are kept as they are finished; those that are there are not made again.
    """
    tiling = Tiling(problem, size, overlap)
    tops = band_tops(tiling)
    tall, columns = len(tiling.cells[0][0]), problem.ocean.shape[1]
    fresh = np.zeros((2 + members, 1, 1), np.float32)
    fresh[1] = 1  # sums begin with 0; that of u with 1, to which tiles add u − 1
    carry, evaluations = np.empty((2 + members, 0, columns), np.float32), 0
    for number in parts(range(len(tops) - 1)):
        rows = slice(tops[number], tops[number + 1])
        found = None if kept is None else kept.load(number)
        if found is not None:
            carry, evaluations = found.pop(CARRY), int(found.pop(EVALUATIONS)[0])
            yield rows, found, evaluations
            continue
        new = np.broadcast_to(fresh, (2 + members, tall - carry.shape[1], columns))
        sums = np.concatenate([carry, new], axis=1)
        tiles = [k for k in range(len(tiling)) if _top(tiling, k) == rows.start]
        made = _add_tiles(model, problem, tiling, tiles, members, seed, sums)
        evaluations = made or evaluations
        done = rows.stop - rows.start
        fields = _finished(sums[:, :done], problem.ocean[rows], keep)
        carry = sums[:, done:].copy()
        if kept is not None:
            facts = {CARRY: carry, EVALUATIONS: np.array([evaluations])}
            kept.save(number, {**fields, **facts})
        yield rows, fields, evaluations


def band_tops(tiling: Tiling) -> list[int]:
    """First row of cells of each band, and the number of rows."""
    return [*sorted({_top(tiling, k) for k in range(len(tiling))}), tiling.shape[0]]


def _add_tiles(
    model: Superresolver,
    problem: LowResolution,
    tiling: Tiling,
    tiles: list[int],
    members: int,
    seed: int,
    sums: NDArray[np.float32],
) -> int:
    """Add some tiles of one band to `sums` [mean, u, members…; rows, columns]; the evaluations."""
    evaluations, workers = 0, min(_at_once(model), len(tiles))
    one = partial(_tile, model, problem, tiling, members, seed)
    made = map(one, tiles) if workers == 1 else side_by_side(one, tiles, workers)
    for number, found in zip(parts(tiles), made, strict=True):
        if found is None:
            continue
        added, evaluations = found
        (down, across), (v, w) = tiling.cells[number], tiling.weights[number]
        down, weight = down - _top(tiling, number), v[:, None] * w
        for total, field in zip(sums, added, strict=True):
            total[down, across] += weight * field
    return evaluations


def _tile(
    model: Superresolver,
    problem: LowResolution,
    tiling: Tiling,
    members: int,
    seed: int,
    number: int,
) -> tuple[list[Field], int] | None:
    """What a tile adds [mean, u − 1, members…], and its evaluations; None for one without sea."""
    tile = tiling.tile(problem, number)
    if not (tile.observed.any() and tile.ocean.any()):
        return None
    noise = MemberNoise
    if len(tiling) > 1:
        noise = partial(PartNoise, blocks=tiling.blocks[number])  # type: ignore[assignment]
    given = model.conditioning(tile)
    answer = model.analyse(tile, members, seed, given=given, noise=noise)
    of_members = np.zeros((members, *tile.ocean.shape), np.float32)
    if answer.members is not None:
        of_members = answer.members[:, 0]
    u = given.unit / model.contract.scales.unit - 1
    give_back()  # otherwise memory freed by one thread is not available to another
    return [answer.mean[0], u, *of_members], answer.evaluations


def _at_once(model: Superresolver) -> int:
    """Tiles at once: on processors, as many as torch has threads, each on one of them.

    Threads that share the small products of a tile wait for each other more than they compute.
    """
    return 1 if model.device.type != "cpu" else min(torch.get_num_threads(), MAX_WORKERS)


def _finished(sums: NDArray[np.float32], ocean: NDArray[np.bool_], keep: bool) -> dict[str, Field]:
    """The fields of finished rows, from their sums [2 + M, rows, columns], which are changed."""
    warm = sums[2:]
    for field in (sums[0], *warm):
        np.maximum(field, np.float32(freezing_point()), out=field)
    fields = {"mean": sums[0], "u": sums[1]}
    if len(warm) > 1:
        edges = [*range(0, len(ocean), AT_ONCE), len(ocean)]
        std = [warm[:, top:end].std(axis=0, ddof=1) for top, end in pairwise(edges)]
        fields["std"] = np.concatenate(std)
    if keep:
        fields["members"] = warm
    return {name: np.where(ocean, field, np.float32(np.nan)) for name, field in fields.items()}


def _top(tiling: Tiling, number: int) -> int:
    """First row of cells of a tile."""
    return int(tiling.cells[number][0][0, 0])
