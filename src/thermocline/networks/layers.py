"""The pieces of the UNet: periodic convolutions, embeddings, and residual blocks with FiLM."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PeriodicConv2d(nn.Module):
    """A convolution on a longitude circle: periodic in the last axis, zero beyond the poles.

    [B, C_in, H, W] → [B, C_out, H, W]; odd kernel, stride 1. Not `periodic`, it is one on a region:
    beyond each side the field goes on as it is at the side.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3, periodic: bool = True):
        super().__init__()
        self.margin, self.periodic = kernel // 2, periodic
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, padding=(self.margin, 0))

    def forward(self, x: Tensor) -> Tensor:
        if not self.periodic:
            x = F.pad(x, (self.margin,) * 4, mode="replicate")
            return F.conv2d(x, self.conv.weight, self.conv.bias)
        if self.margin:
            x = torch.cat([x[..., -self.margin :], x, x[..., : self.margin]], dim=-1)
        return self.conv(x)


class FourierEmbedding(nn.Module):
    """Sines and cosines of a scalar at geometric frequencies: [B] → [B, features]."""

    frequency: Tensor

    def __init__(self, features: int, lowest: float = 0.25, highest: float = 64.0):
        super().__init__()
        steps = torch.linspace(math.log(lowest), math.log(highest), features // 2)
        self.register_buffer("frequency", steps.exp(), persistent=False)

    def forward(self, value: Tensor) -> Tensor:
        phase = value[:, None] * self.frequency
        return torch.cat([phase.sin(), phase.cos()], dim=-1)


class FiLM(nn.Module):
    """Feature-wise modulation h·(1 + γ) + β with γ, β from an embedding (Perez et al., 2018)."""

    def __init__(self, features: int, channels: int):
        super().__init__()
        self.linear = nn.Linear(features, 2 * channels)
        zero(self.linear)

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:
        gamma, beta = self.linear(embedding)[:, :, None, None].chunk(2, dim=1)
        return h * (1 + gamma) + beta


class ResidualBlock(nn.Module):
    """Two normalised convolutions with FiLM between them, added to the input."""

    def __init__(self, channels_in: int, channels_out: int, features: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups_of(channels_in), channels_in)
        self.conv1 = PeriodicConv2d(channels_in, channels_out)
        self.norm2 = nn.GroupNorm(groups_of(channels_out), channels_out)
        self.film = FiLM(features, channels_out)
        self.conv2 = PeriodicConv2d(channels_out, channels_out)
        zero(self.conv2.conv)
        self.skip = (
            nn.Identity()
            if channels_in == channels_out
            else PeriodicConv2d(channels_in, channels_out, kernel=1)
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.film(self.norm2(h), embedding)))
        return self.skip(x) + h


class Stage(nn.Module):
    """Blocks one after another; the first may change the number of channels."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        features: int,
        blocks: int,
        block: Callable[[int, int, int], nn.Module] = ResidualBlock,
    ):
        super().__init__()
        self.blocks = nn.ModuleList(
            block(channels_out if i else channels_in, channels_out, features) for i in range(blocks)
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, embedding)
        return x


class LinearAttention(nn.Module):
    """Global attention at linear cost (Katharopoulos et al., 2020), added to the input."""

    def __init__(self, channels: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups_of(channels), channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        zero(self.out)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv[:, 0].softmax(-2), qkv[:, 1].softmax(-1), qkv[:, 2]
        context = torch.einsum("bhdn,bhen->bhde", k, v)
        return x + self.out(torch.einsum("bhde,bhdn->bhen", context, q).reshape(b, c, h, w))


def zero(layer: nn.Linear | nn.Conv2d) -> None:
    """Start a layer at zero, so that what it feeds begins as if it were not there."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def groups_of(channels: int, wanted: int = 8) -> int:
    """The largest number of groups, at most `wanted`, that divides `channels`."""
    return next(n for n in range(min(wanted, channels), 0, -1) if channels % n == 0)
