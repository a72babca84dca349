"""A UNet whose stages are windows of attention: a Swin-UNet for fields on the globe or in a region.

Tokens attend within windows of w × w, with a bias b that depends on how far apart two are; every
second time the windows are shifted by half their size, so that all tokens come to know each other:

    attention(q, k, v) = softmax(q kᵀ/√d + b_{i−j} + m) v,    m = 0 within a neighbourhood, −∞ else

After a shift, tokens of opposite sides share a window. On a circle of longitude they are
neighbours indeed; in a region, and across the poles, m hides them from each other.

Source: Liu et al. (2021), "Swin Transformer"; noise enters by scale and shift (Perez et al., 2018).
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.networks.layers import FiLM, groups_of, zero
from thermocline.networks.unet import UNet

HEAD = 16
"""Channels of an attention head, at least."""


class SwinUNet(UNet):
    """Maps x [B, channels, H, W] and c_noise [B] to [B, channels, H, W]; called as a `UNet` is.

    Args:
        channels, fields, context, width, multipliers, patch, embedding, periodic: as a `UNet`'s.
        blocks: pairs at each level, down and up alike, of windows and shifted windows.
        window: tokens on each side of a window, at most: at each level it is the largest number
            that divides the level, so that what a `UNet` takes, this takes.
    """

    def __init__(
        self,
        channels: int,
        fields: int = 0,
        context: int = 0,
        width: int = 64,
        multipliers: Sequence[int] = (1, 2, 2, 4),
        blocks: int = 1,
        patch: int = 5,
        embedding: int = 128,
        periodic: bool = True,
        window: int = 8,
    ):
        stage = partial(SwinStage, window=window, periodic=periodic)
        super().__init__(
            channels, fields, context, width, multipliers, blocks, patch, embedding, periodic, stage
        )


class SwinStage(nn.Module):
    """Pairs of windowed and shifted-window blocks; the first layer changes the channels."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        features: int,
        blocks: int,
        window: int = 8,
        periodic: bool = True,
    ):
        super().__init__()
        self.enter = (
            nn.Identity()
            if channels_in == channels_out
            else nn.Conv2d(channels_in, channels_out, 1)
        )
        self.blocks = nn.ModuleList(
            SwinBlock(channels_out, features, window, periodic, shifted)
            for _ in range(blocks)
            for shifted in (False, True)
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        x = self.enter(x)
        for block in self.blocks:
            x = block(x, embedding)
        return x


class SwinBlock(nn.Module):
    """Attention within windows, then a network of each token alone; both added to the input."""

    def __init__(self, channels: int, features: int, window: int, periodic: bool, shifted: bool):
        super().__init__()
        self.norm1, self.film1 = TokenNorm(channels), FiLM(features, channels)
        self.attention = WindowAttention(channels, window, periodic, shifted)
        self.norm2, self.film2 = TokenNorm(channels), FiLM(features, channels)
        self.expand = nn.Conv2d(channels, 4 * channels, 1)
        self.shrink = nn.Conv2d(4 * channels, channels, 1)
        zero(self.shrink)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        x = x + self.attention(self.film1(self.norm1(x), embedding))
        h = self.film2(self.norm2(x), embedding)
        return x + self.shrink(F.gelu(self.expand(h)))


class TokenNorm(nn.LayerNorm):
    """Each token's channels with mean 0 and variance 1: [B, C, H, W] → the same."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class WindowAttention(nn.Module):
    """Attention among the tokens [B, C, H, W] of each window, perhaps shifted by half of it."""

    def __init__(
        self, channels: int, window: int = 8, periodic: bool = True, shifted: bool = False
    ):
        super().__init__()
        self.heads = groups_of(channels, max(channels // HEAD, 1))
        self.window, self.periodic, self.shifted = window, periodic, shifted
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.bias = nn.Parameter(0.02 * torch.randn(self.heads, 2 * window - 1, 2 * window - 1))
        self.out = nn.Conv2d(channels, channels, 1)
        zero(self.out)

    def forward(self, x: Tensor) -> Tensor:
        b, c, rows, columns = x.shape
        high, wide = groups_of(rows, self.window), groups_of(columns, self.window)
        shift = (
            high // 2 * self.shifted * (high < rows),
            wide // 2 * self.shifted * (wide < columns),
        )
        split = (rows // high, high, columns // wide, wide)
        turned = x.roll((-shift[0], -shift[1]), (2, 3))
        qkv = self.qkv(turned).reshape(b, 3, self.heads, c // self.heads, *split)
        # [3, B, windows · heads, tokens, channels of a head]
        qkv = qkv.permute(1, 0, 4, 6, 2, 5, 7, 3).reshape(3, b, -1, high * wide, c // self.heads)
        mask = self._mask(split, shift).to(qkv.dtype)
        h = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], mask)
        h = h.reshape(b, split[0], split[2], self.heads, high, wide, -1)
        h = h.permute(0, 3, 6, 1, 4, 2, 5).reshape(b, c, rows, columns)
        return self.out(h).roll(shift, (2, 3))

    def _mask(self, split: tuple[int, int, int, int], shift: tuple[int, int]) -> Tensor:
        """b + m of every window and head, [windows · heads, tokens, tokens]."""
        down, high, over, wide = split
        row, column = (torch.arange(n, device=self.bias.device) for n in (down * high, over * wide))
        # Where a shift brought the other side in, on rows always and on columns of a region.
        foreign = (row >= down * high - shift[0])[:, None] * 2 + (
            (column >= over * wide - shift[1]) & (not self.periodic)
        )
        side = foreign.reshape(down, high, over, wide).movedim(2, 1).reshape(down * over, 1, -1)
        hidden = side[..., :, None] != side[..., None, :]
        token = torch.cartesian_prod(row[:high], column[:wide])
        apart = token[:, None] - token[None, :] + self.window - 1
        bias = self.bias[:, apart[..., 0], apart[..., 1]]
        return torch.where(hidden, -torch.inf, bias).flatten(0, 1)
