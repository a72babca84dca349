"""ConvNeXt blocks for the UNet: a wide depthwise convolution, then one that widens and one back.

Source: Liu et al. (2022), "A ConvNet for the 2020s"; the noise level enters by FiLM.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.networks.layers import FiLM, PeriodicConv2d, zero

KERNEL = 7
EXPANSION = 2


class ConvNeXtBlock(nn.Module):
    """[B, C_in, H, W] and an embedding [B, features] to [B, C_out, H, W]."""

    def __init__(self, channels_in: int, channels_out: int, features: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels_in, channels_in, KERNEL, groups=channels_in)
        self.norm = nn.GroupNorm(1, channels_in)
        self.film = FiLM(features, channels_in)
        self.widen = nn.Conv2d(channels_in, EXPANSION * channels_out, 3, padding=1)
        self.narrow = nn.Conv2d(EXPANSION * channels_out, channels_out, 3, padding=1)
        zero(self.narrow)
        self.skip = (
            nn.Identity()
            if channels_in == channels_out
            else PeriodicConv2d(channels_in, channels_out, kernel=1)
        )

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        margin = KERNEL // 2
        h = self.depthwise(F.pad(x, (margin,) * 4, mode="replicate"))
        h = self.film(self.norm(h), embedding)
        return self.skip(x) + self.narrow(F.gelu(self.widen(h)))
