"""The end of a network whose trunk works on folded cells: a stage at full resolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.networks.layers import PeriodicConv2d, ResidualBlock, groups_of


class Head(nn.Module):
    """Maps what the trunk answers and what it was given to the answer, cell by cell.

    [B, channels, H, W], [B, given, H, W] and an embedding [B, embedding] → [B, outputs, H, W].
    """

    def __init__(self, channels: int, given: int, outputs: int, embedding: int):
        super().__init__()
        self.enter = PeriodicConv2d(channels + given, channels)
        self.block = ResidualBlock(channels, channels, embedding)
        self.norm = nn.GroupNorm(groups_of(channels), channels)
        self.leave = PeriodicConv2d(channels, outputs)

    def forward(self, trunk: Tensor, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.block(self.enter(torch.cat([trunk, x], dim=1)), embedding)
        answer: Tensor = self.leave(F.silu(self.norm(h)))
        return answer
