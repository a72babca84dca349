"""The network of a model in latent space: diffusion of encoded columns.

    z = E(x),      x_k = D(z_k) + (o_k − D(E(o_k)))

E and D are an autoencoder of columns that was trained before (`coding`), and is frozen. The
conditioning fields are encoded by a layer of their own. If sampling starts from a state o_k, its
residual outside the latent space is kept: only increments are compressed.

Source: the latent variant of DepthDif (2026), which starts from noise and has no o_k.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from thermocline.networks.columns import ColumnAutoencoder
from thermocline.networks.unet import UNet
from thermocline.systems.densify.config.model import LatentConfig

Maker = Callable[[int, int, int], UNet]
"""Makes a UNet from the numbers of channels, fields and outputs."""


class LatentNetwork(nn.Module):
    """Predicts [B, latent + channels, H, W]: the denoiser's z, and log standard deviations of x
    about the decoded z.

    Args:
        channels: C of water, in data space.
        fields: number of conditioning fields.
        own: of the autoencoder.
        unet: makes a UNet from the numbers of z's channels, encoded fields and outputs.
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
        """For z [B, latent, H, W], called x as in every network."""
        answer = self.unet(x, c_noise, self.tell(fields), context)
        z, spread = answer.chunk(2, dim=1)
        return torch.cat([z, self.spread(spread)], dim=1)


def coder_of(network: nn.Module) -> ColumnAutoencoder | None:
    """The autoencoder of a network in latent space; None for one in data space."""
    return network.coder if isinstance(network, LatentNetwork) else None
