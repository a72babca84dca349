"""The network of a model in latent space: diffusion of encoded columns.

    z = E(x),      x_k = D(z_k) + (o_k − D(E(o_k)))

E and D are an autoencoder of columns that was trained before (`coding`), and stays as it is. What
the network is told is encoded alongside, by a layer of its own. A member that sampling begins near
a state o_k keeps of it what the latent cannot say: only corrections are compressed.

Source: the latent variant of DepthDif (2026), which keeps nothing of o_k, as it begins from noise.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from thermocline.networks.columns import ColumnAutoencoder
from thermocline.networks.unet import UNet
from thermocline.systems.densify.config import LatentConfig

Maker = Callable[[int, int, int], UNet]
"""Makes a UNet of channels, fields and outputs."""


class LatentNetwork(nn.Module):
    """Answers [B, latent + channels, H, W]: the denoiser's z, and log deviations of x
    from what it decodes to.

    Args:
        channels: C of water, in data space.
        fields: that the network is told.
        own: of the autoencoder.
        unet: makes a UNet of z's channels, the fields that are left, and the channels it answers.
    """

    def __init__(self, channels: int, fields: int, own: LatentConfig, unet: Maker):
        super().__init__()
        self.coder = ColumnAutoencoder(channels, own.latent, own.width)
        self.tell = nn.Conv2d(fields, 2 * own.latent, 1)
        self.unet = unet(own.latent, 2 * own.latent, 2 * own.latent)
        self.spread = nn.Conv2d(own.latent, channels, 1)
        assert self.spread.bias is not None
        nn.init.zeros_(self.spread.bias)  # an untrained network leaves deviations as they are

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        """Of z [B, latent, H, W], called x as in every network."""
        answer = self.unet(x, c_noise, self.tell(fields), context)
        z, spread = answer.chunk(2, dim=1)
        return torch.cat([z, self.spread(spread)], dim=1)


def coder_of(network: nn.Module) -> ColumnAutoencoder | None:
    """The autoencoder of a network in latent space; None for one in data space."""
    return network.coder if isinstance(network, LatentNetwork) else None
