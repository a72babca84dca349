"""A network that tells true fields from made ones, cell by cell.

Three convolutions of stride 2 down, three bilinear steps up, skips added. Every convolution but the
last has its largest singular value divided out, so that no logit grows without bound.

Source: Schönfeld et al. (2020), "A U-Net Based Discriminator"; Miyato et al. (2018), "Spectral
Normalization".
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """Maps fields [B, channels, H, W] to logits [B, 1, H, W], positive where they look true.

    Args:
        channels: of the field that is judged.
        fields: number of channels [B, fields, H, W] it is judged beside (low resolution, mask).
        width: channels of the finest level, doubled at each of the three below. H and W are at
            least 8; beyond each side the field goes on as it is at the side.
    """

    def __init__(self, channels: int = 1, fields: int = 0, width: int = 32):
        super().__init__()
        levels = list(pairwise(width * 2**level for level in range(4)))
        self.enter = _convolution(channels + fields, width, 3)
        self.down = nn.ModuleList(_convolution(fine, coarse, 4, 2) for fine, coarse in levels)
        self.up = nn.ModuleList(_convolution(coarse, fine, 3) for fine, coarse in levels[::-1])
        self.judge = _convolution(width, width, 3)
        self.leave = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor, fields: Tensor | None = None) -> Tensor:
        if fields is not None:
            x = torch.cat([x, fields], dim=1)
        h = _active(self.enter(x))
        skips = []
        for down in self.down:
            skips.append(h)
            h = _active(down(h))
        for up in self.up:
            skip = skips.pop()
            h = F.interpolate(h, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            h = _active(up(h)) + skip
        return self.leave(_active(self.judge(h)))


def _convolution(channels_in: int, channels_out: int, kernel: int, stride: int = 1) -> nn.Module:
    layer = nn.Conv2d(
        channels_in, channels_out, kernel, stride, padding=1, padding_mode="replicate"
    )
    return spectral_norm(layer)


def _active(h: Tensor) -> Tensor:
    return F.leaky_relu(h, 0.2)
