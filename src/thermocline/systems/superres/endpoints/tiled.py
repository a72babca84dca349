"""A super-resolution model on a field of any size: tile by tile, in bounded memory.

Tiles overlap, and all of them see the same noise where they do: it is drawn in squares of the
whole field, each by itself, so that a tile puts together what it needs. Members then agree on what
two tiles share, and weighted means of them lose no variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.diffusion.noise import MemberNoise
from thermocline.observe.tiles import Index, Tiling
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.problem import Field
from thermocline.systems.progress import parts
from thermocline.systems.superres.endpoints.limits import freezing_point
from thermocline.systems.superres.model.method import Superresolver

SIZE, OVERLAP = 64, 8
"""Blocks on a side of a tile, and those that neighbours share."""
SQUARE = 16
"""Blocks on a side of the squares that noise is drawn in."""


@dataclass(frozen=True, eq=False)
class Finer:
    """A finer field, °C, whatever on land.

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


class PartNoise(MemberNoise):
    """Noise of a part of a field, keyed by (seed, member, step, square of the whole).

    Args:
        blocks: rows [h, 1] and columns [1, w] of the whole that the part's blocks are.
        shape: [..., H, W] of the part, of its cells or of its blocks.
    """

    def __init__(
        self,
        seed: int,
        members: Sequence[int],
        shape: tuple[int, ...],
        device: torch.device | str = "cpu",
        *,
        blocks: Index,
    ):
        super().__init__(seed, members, shape, device)
        self.down, self.across = (axis.ravel() for axis in blocks)
        self.cells = shape[-2] // len(self.down)

    def noise(self, step: int) -> torch.Tensor:
        """ε [len(members), *shape] of this step."""
        fields = np.stack([self._field(member, step) for member in self.members])
        return torch.from_numpy(fields.reshape(-1, *self.shape)).to(self.device, self.dtype)

    def _field(self, member: int, step: int) -> NDArray[np.float32]:
        side = SQUARE * self.cells
        rows, columns = (np.unique(axis // SQUARE) for axis in (self.down, self.across))
        whole = np.empty((len(rows), side, len(columns), side), np.float32)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                key = f"{self.seed}/{int(member)}/{int(step)}/{row}/{column}".encode()
                digest = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
                generator = torch.Generator("cpu").manual_seed(digest >> 1)
                whole[i, :, j] = torch.randn((side, side), generator=generator).numpy()
        within = np.arange(self.cells)
        place = lambda axis, some: (
            (np.searchsorted(some, axis // SQUARE) * SQUARE + axis % SQUARE)[:, None] * self.cells
            + within
        ).ravel()
        flat = whole.reshape(len(rows) * side, len(columns) * side)
        return flat[np.ix_(place(self.down, rows), place(self.across, columns))]


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

    Rows are finished one band of tiles after another: beside the answer only the members of a
    band are in memory. Members and mean that are colder than sea water freezes are set to that
    temperature, and the standard deviation is that of the members then.

    Args:
        keep: give the members too.
    """
    tiling = Tiling(problem, size, overlap)
    single, (rows, columns) = len(tiling) == 1, problem.ocean.shape
    mean, u = np.zeros((rows, columns), np.float32), np.ones((rows, columns), np.float32)
    std = np.zeros((rows, columns), np.float32) if members > 1 else None
    kept = np.zeros((members, rows, columns), np.float32) if keep else None
    tall = len(tiling.cells[0][0])
    coldest = np.float32(freezing_point())
    band, evaluations = np.zeros((members, tall, columns), np.float32), 0
    numbered = enumerate(tiling.cut(problem))
    bands = [list(group) for _, group in groupby(range(len(tiling)), lambda k: _top(tiling, k))]
    for this, following in parts([*zip(bands, [*bands[1:], None], strict=True)]):
        top = _top(tiling, this[0])
        for number, tile in (next(numbered) for _ in parts(this)):
            if (tile.observed.any()) and tile.ocean.any():
                noise = MemberNoise
                if not single:
                    noise = partial(PartNoise, blocks=tiling.blocks[number])  # type: ignore[assignment]
                given = model.conditioning(tile)
                answer = model.analyse(tile, members, seed, given=given, noise=noise)
                (down, across), (v, w) = tiling.cells[number], tiling.weights[number]
                weight = v[:, None] * w
                mean[down, across] += weight * answer.mean[0]
                u[down, across] += weight * (given.unit / model.contract.scales.unit - 1)
                if answer.members is not None and members:
                    band[:, down - top, across] += weight * answer.members[:members, 0]
                evaluations = answer.evaluations
        done = (rows if following is None else _top(tiling, following[0])) - top
        finished = slice(top, top + done)
        np.maximum(band[:, :done], coldest, out=band[:, :done])
        np.maximum(mean[finished], coldest, out=mean[finished])
        if std is not None:
            std[finished] = band[:, :done].std(axis=0, ddof=1)
        if kept is not None:
            kept[:, finished] = band[:, :done]
        band = np.concatenate([band[:, done:], np.zeros((members, done, columns), np.float32)], 1)
    return Finer(mean, std, u, kept, evaluations)


def _top(tiling: Tiling, number: int) -> int:
    """First row of cells of a tile."""
    return int(tiling.cells[number][0][0, 0])
