"""An autoencoder of columns: fewer channels, the same cells.

    z = W x + f(x),      x̂ = V z + g(z)

Each cell is encoded by itself, so that there is no loss of resolution and no seam. W and V begin as
principal components (`begin`), f and g as nothing: before training it is the best linear code. No
layer has an offset: 0, as on land, is coded as 0.

Source: the depth-band autoencoder of DepthDif (2026).
"""

import torch
from torch import Tensor, nn

from thermocline.networks.layers import zero
from thermocline.networks.standardised import Standardised

MIN_VARIANCE = 1e-6
"""Least variance of a standardised latent channel."""


class ColumnAutoencoder(nn.Module):
    """x [B, channels, H, W] to a standardised z [B, latent, H, W] and back.

    Args:
        channels: of a column, such as the levels of its variables.
        latent: channels of z.
        width: of the hidden layers of f and g.

    Attributes:
        statistics: by which the latent is scaled (see `measure`).
    """

    def __init__(self, channels: int, latent: int, width: int):
        super().__init__()
        self.inward = nn.Conv2d(channels, latent, 1, bias=False)
        self.outward = nn.Conv2d(latent, channels, 1, bias=False)
        self.bend, self.unbend = _bent(channels, width, latent), _bent(latent, width, channels)
        self.statistics = Standardised(latent)

    @property
    def latent(self) -> int:
        """Channels of z."""
        return self.inward.out_channels

    @torch.no_grad()
    def begin(self, columns: Tensor) -> None:
        """Take the principal components of columns [N, channels] for W and V.

        Each is scaled to variance 1, so that z has it to begin with.
        """
        count = len(columns)
        _, values, vectors = torch.linalg.svd(columns.double(), full_matrices=False)
        kept = vectors[: self.latent]
        deviation = (values[: self.latent].square() / count).clamp(min=MIN_VARIANCE).sqrt()
        self.inward.weight.copy_((kept / deviation[:, None])[..., None, None])
        self.outward.weight.copy_((kept * deviation[:, None]).T[..., None, None])

    @torch.no_grad()
    def measure(self, columns: Tensor) -> None:
        """Scale the latent by what columns [N, channels] are encoded as: to a mean square of 1."""
        square = self._code(columns[..., None, None]).double().square().mean(dim=(0, 2, 3))
        self.statistics.measure(torch.zeros_like(square), square.clamp(min=MIN_VARIANCE))

    def encode(self, x: Tensor) -> Tensor:
        """z of x."""
        return self.statistics.standardised(self._code(x))

    def decode(self, z: Tensor) -> Tensor:
        """x̂ of z."""
        z = self.statistics.restored(z)
        decoded: Tensor = self.outward(z) + self.unbend(z)
        return decoded

    def forward(self, x: Tensor) -> Tensor:
        """x̂ of x."""
        return self.decode(self.encode(x))

    def _code(self, x: Tensor) -> Tensor:
        coded: Tensor = self.inward(x) + self.bend(x)
        return coded


def _bent(channels: int, width: int, answer: int) -> nn.Sequential:
    """Two layers on each cell, which add nothing before they are trained."""
    last = nn.Conv2d(width, answer, 1, bias=False)
    zero(last)
    return nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.SiLU(), last)
