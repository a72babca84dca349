"""Noise of a tile of a large field, the same in overlapping tiles.

It is drawn in squares of the whole field, each independently, and a tile combines those that it
needs. Members then agree where tiles overlap, and weighted means of them lose no variance.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

from thermocline.diffusion.noise import MemberNoise
from thermocline.observe.tiles import Index

SQUARE = 16
"""Blocks on a side of the squares that noise is drawn in."""


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
