"""A network on a field of any size: overlapping squares, blended smoothly.

Normalisation and attention depend on the whole input: squares have the size of the training, and
memory does not grow with the region.
"""

from itertools import product

import torch
from torch import Tensor, nn

from thermocline.observe.tiles import Line


class Tiled(nn.Module):
    """Calls a network on squares of `side` cells, which share `overlap` cells with neighbours.

    A smaller field is one square. The denoised state is linear in the network's output, so that
    both are blended alike.
    """

    def __init__(self, network: nn.Module, side: int, overlap: int):
        super().__init__()
        self.network, self.side, self.overlap = network, side, overlap

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        rows, columns = (
            Line(size, self.side, self.overlap, periodic=False, factor=1) for size in x.shape[-2:]
        )
        blended: Tensor | None = None
        pairs = product(
            zip(rows.starts, rows.weights(), strict=True),
            zip(columns.starts, columns.weights(), strict=True),
        )
        for (top, down), (left, across) in pairs:
            i, j = (
                slice(int(start), int(start) + len(weight))
                for start, weight in ((top, down), (left, across))
            )
            answer = self.network(x[..., i, j], c_noise, fields[..., i, j], context)
            if blended is None:
                blended = answer.new_zeros((*answer.shape[:2], *x.shape[-2:]))
            weight = torch.outer(*(torch.from_numpy(each) for each in (down, across)))
            blended[..., i, j] += weight.to(answer) * answer
        assert blended is not None
        return blended
