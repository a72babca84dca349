"""A variational autoencoder of masked fields: fewer cells, more channels.

    q(z | x) = N(μ_z(x), σ_z(x)²),      z = μ_z + σ_z ε,      x̂ = decoder(z)

Each level halves both sides. Fields that are always known, such as where land is, go into the
encoder and, averaged, into each level of the decoder, so that the latent need not hold them.
Stem and head work at full resolution: a network that sees cells folded into channels leaves grain.

Source: Kingma & Welling (2014); Rombach et al. (2022) for the small weight of the prior.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.networks.layers import PeriodicConv2d, zero

LEAST_LOG_STD, MOST_LOG_STD = -8.0, 2.0
"""Bounds of log σ_z: beyond, exp and its gradient are of no use."""
FIRST_LOG_STD = -3.0


class Autoencoder(nn.Module):
    """x [B, channels, H, W] to z [B, latent, H/2^L, W/2^L] and back.

    Args:
        channels: of the fields.
        known: [K, H, W], what is known of every cell, such as a mask; a constant.
        latent: channels of z.
        width: channels at full resolution; `multipliers` scale it at each of the L coarser levels.

    Attributes:
        log_scale: log of the standard deviation of x about x̂, learned for each channel.
    """

    known: Tensor

    def __init__(
        self,
        channels: int,
        known: Tensor,
        latent: int = 16,
        width: int = 16,
        multipliers: Sequence[int] = (2, 3, 4),
    ):
        super().__init__()
        self.register_buffer("known", known[None].float(), persistent=False)
        sizes = [width, *(width * m for m in multipliers)]
        self.stem = _conv(channels + len(known), width)
        self.down = nn.ModuleList(
            nn.Sequential(_Halve(before, size), _Residual(size)) for before, size in pairwise(sizes)
        )
        self.moments = _conv(sizes[-1], 2 * latent)
        # An untrained latent that is mostly noise is ignored, and is then slow to be of use.
        with torch.no_grad():
            bias = self.moments.conv.bias
            assert bias is not None
            bias[latent:] = FIRST_LOG_STD
        self.expand = _conv(latent + len(known), sizes[-1])
        self.up = nn.ModuleList(
            nn.Sequential(_Residual(size), _Double(size, before))
            for before, size in reversed(list(pairwise(sizes)))
        )
        self.join = nn.ModuleList(
            _conv(before + len(known), before, kernel=1) for before in reversed(sizes[:-1])
        )
        self.refine = _Residual(width)
        self.head = _conv(width, channels)
        self.log_scale = nn.Parameter(torch.zeros(channels))

    def shape_of_latent(self, height: int, width: int) -> tuple[int, int, int]:
        """(latent, h, w) of fields of H × W cells."""
        factor = 2 ** len(self.down)
        return self.moments.conv.out_channels // 2, height // factor, width // factor

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """μ_z and log σ_z, each [B, latent, h, w]."""
        known = self.known.expand(len(x), -1, -1, -1)
        h = self.stem(torch.cat([x, known], dim=1))
        for level in self.down:
            h = level(h)
        mean, log_std = self.moments(h).chunk(2, dim=1)
        return mean, log_std.clamp(LEAST_LOG_STD, MOST_LOG_STD)

    def decode(self, z: Tensor) -> Tensor:
        """x̂ [B, channels, H, W], before any bound."""
        h = self.expand(torch.cat([z, self._known_at(z)], dim=1))
        for level, join in zip(self.up, self.join, strict=True):
            h = level(h)
            h = join(torch.cat([h, self._known_at(h)], dim=1))
        return self.head(self.refine(h))

    def forward(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x̂ of a z that was drawn with `noise` [B, latent, h, w], and z's mean and log σ."""
        mean, log_std = self.encode(x)
        return self.decode(mean + log_std.exp() * noise), mean, log_std

    def _known_at(self, h: Tensor) -> Tensor:
        """What is known, averaged to the resolution of `h`."""
        known = F.adaptive_avg_pool2d(self.known, (int(h.shape[-2]), int(h.shape[-1])))
        return known.expand(len(h), -1, -1, -1)


def kl_divergence(mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)), of the shape of `mean`."""
    return 0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std


def _conv(channels_in: int, channels_out: int, kernel: int = 3) -> PeriodicConv2d:
    """A convolution that keeps its input's variance: an untrained network has many in a row."""
    layer = PeriodicConv2d(channels_in, channels_out, kernel, periodic=False)
    nn.init.kaiming_normal_(layer.conv.weight, nonlinearity="linear")
    return layer


class _Residual(nn.Module):
    """Two convolutions, normalised over all channels (which keeps their ratios), and the input."""

    def __init__(self, size: int):
        super().__init__()
        self.norm1, self.norm2 = (nn.GroupNorm(1, size) for _ in range(2))
        self.conv1, self.conv2 = _conv(size, size), _conv(size, size)
        zero(self.conv2.conv)

    def forward(self, h: Tensor) -> Tensor:
        middle = self.conv1(F.silu(self.norm1(h)))
        return h + self.conv2(F.silu(self.norm2(middle)))


class _Halve(nn.Module):
    """Half the resolution."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        self.conv = _conv(4 * channels_in, channels_out)

    def forward(self, h: Tensor) -> Tensor:
        return self.conv(F.pixel_unshuffle(h, 2))


class _Double(nn.Module):
    """Twice the resolution."""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        self.conv = _conv(channels_in, channels_out)

    def forward(self, h: Tensor) -> Tensor:
        return self.conv(F.interpolate(h, scale_factor=2.0))
