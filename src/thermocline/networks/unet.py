"""A UNet for fields on the globe, conditioned on a noise level, on fields and on a vector.

The field is folded `patch × patch` cells into channels before the first convolution and unfolded
after the last, which quarters the cost of the finest level for `patch = 2`. What is unfolded cannot
be smooth from cell to cell, unless a `head` of few channels sees all cells of it once more.
Longitude is periodic throughout, unless the field is a region. The last convolution starts at zero:
an untrained network adds nothing.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.errors import BadConfig
from thermocline.networks.head import Head
from thermocline.networks.layers import (
    FourierEmbedding,
    LinearAttention,
    PeriodicConv2d,
    Stage,
    groups_of,
    zero,
)


class UNet(nn.Module):
    """Maps x [B, channels, H, W] and c_noise [B] to [B, channels, H, W].

    Args:
        channels: of the field that is denoised.
        fields: number of conditioning channels [B, fields, H, W] (masks, positions, analyses).
        context: length of the conditioning vector [B, context] (season, place).
        width: channels of the finest level; `multipliers` scale it level by level.
        blocks: residual blocks at each level, down and up alike.
        patch: cells folded into channels on each side; H and W must be divisible by
            patch · 2^(levels − 1).
        embedding: length of the noise and context embedding.
        periodic: whether the last axis closes the circle; a region goes on beyond each side as it
            is at the side.
        stage: makes what stands at each level, of channels in and out, embedding, and `blocks`.
        outputs: channels of the answer, if they are more or fewer than `channels`.
        entry: side of the first convolution's kernel; 1 where what is given are many fields that
            belong together cell by cell.
        head: channels of a last stage at full resolution; 0 for none.
    """

    def __init__(
        self,
        channels: int,
        fields: int = 0,
        context: int = 0,
        width: int = 64,
        multipliers: Sequence[int] = (1, 2, 2),
        blocks: int = 1,
        patch: int = 2,
        embedding: int = 128,
        periodic: bool = True,
        stage: Callable[[int, int, int, int], nn.Module] = Stage,
        outputs: int | None = None,
        entry: int = 3,
        head: int = 0,
    ):
        super().__init__()
        self.patch = patch
        self.divisor = patch * 2 ** (len(multipliers) - 1)
        widths = [width * m for m in multipliers]
        self.noise = FourierEmbedding(embedding)
        self.embed = nn.Sequential(
            nn.Linear(embedding + context, embedding),
            nn.SiLU(),
            nn.Linear(embedding, embedding),
            nn.SiLU(),
        )
        self.enter = PeriodicConv2d((channels + fields) * patch**2, widths[0], kernel=entry)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        for level, size in enumerate(widths):
            before = widths[max(level - 1, 0)]
            self.shrink.append(nn.Identity() if level == 0 else PeriodicConv2d(before, size))
            self.down.append(stage(size, size, embedding, blocks))
        self.middle = LinearAttention(widths[-1])
        self.up, self.grow = nn.ModuleList(), nn.ModuleList()
        for level, size in reversed(list(enumerate(widths))):
            self.up.append(stage(2 * size, size, embedding, blocks))
            self.grow.append(
                nn.Identity() if level == 0 else PeriodicConv2d(size, widths[level - 1])
            )
        self.norm = nn.GroupNorm(groups_of(widths[0]), widths[0])
        answer = outputs or channels
        self.leave = PeriodicConv2d(widths[0], (head or answer) * patch**2)
        self.head = Head(head, channels + fields, answer, embedding) if head else None
        zero(self.leave.conv if self.head is None else self.head.leave.conv)
        for layer in self.modules():
            if isinstance(layer, PeriodicConv2d):
                layer.periodic = periodic

    def forward(
        self,
        x: Tensor,
        c_noise: Tensor,
        fields: Tensor | None = None,
        context: Tensor | None = None,
    ) -> Tensor:
        if x.shape[-2] % self.divisor or x.shape[-1] % self.divisor:
            raise BadConfig(
                f"a field of {x.shape[-2]} × {x.shape[-1]} cells, no multiples of {self.divisor}",
                where="network",
                fix="give it fewer multipliers or a smaller patch, or the field other sides",
            )
        embedding = self.noise(c_noise)
        if context is not None:
            embedding = torch.cat([embedding, context], dim=-1)
        embedding = self.embed(embedding)
        if fields is not None:
            x = torch.cat([x, fields], dim=1)
        h = self.enter(F.pixel_unshuffle(x, self.patch) if self.patch > 1 else x)
        skips = []
        for level, (shrink, stage) in enumerate(zip(self.shrink, self.down, strict=True)):
            h = shrink(F.avg_pool2d(h, 2)) if level else h
            h = stage(h, embedding)
            skips.append(h)
        h = self.middle(h)
        for stage, grow in zip(self.up, self.grow, strict=True):
            h = stage(torch.cat([h, skips.pop()], dim=1), embedding)
            h = grow(F.interpolate(h, scale_factor=2.0)) if skips else h
        answer = self.leave(F.silu(self.norm(h)))
        answer = F.pixel_shuffle(answer, self.patch) if self.patch > 1 else answer
        return answer if self.head is None else self.head(answer, x, embedding)
