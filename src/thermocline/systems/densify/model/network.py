"""The denoiser D(x_t; α, σ | conditioning), untrained; its first weights depend on a seed."""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.config import ProcessConfig
from thermocline.diffusion.denoiser import NO_STATE, Denoiser
from thermocline.diffusion.parameterisations import (
    Parameterisation,
    embed_noise,
    make_parameterisation,
)
from thermocline.networks.columns import ColumnAutoencoder
from thermocline.networks.convnext import ConvNeXtBlock
from thermocline.networks.layers import ResidualBlock, Stage
from thermocline.networks.unet import UNet
from thermocline.systems.densify.config.model import WaterModel
from thermocline.systems.densify.model.conditioning import (
    Conditioning,
    context,
    context_of,
    fields_of,
)
from thermocline.systems.densify.model.latent import LatentNetwork, coder_of
from thermocline.systems.densify.model.mirror import Moments, mirrored, of_both

SPREAD = -2.0, 1.0
"""Bounds of the log standard deviation."""
BLOCKS = {"residual": ResidualBlock, "convnext": ConvNeXtBlock}


def new_network(model: WaterModel, channels: int, seed: int) -> nn.Module:
    """For C channels of water: a UNet with 2 C outputs (see `Prior.moments`), or in latent space a
    `LatentNetwork`.
    """
    own, fields = model.network, fields_of(channels)

    def unet(channels: int, fields: int, outputs: int) -> UNet:
        return UNet(
            channels,
            fields=fields,
            context=context_of(own.position),
            width=own.width,
            multipliers=own.multipliers,
            blocks=own.blocks,
            patch=own.patch,
            embedding=own.embedding,
            periodic=False,
            stage=partial(Stage, block=BLOCKS[own.kind]),
            outputs=outputs,
            entry=3,
        )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if model.space == "latent":
            return LatentNetwork(channels, fields, model.autoencoder, unet)
        return unet(channels, fields, 2 * channels)


class Denoised(nn.Module):
    """The first C output channels of a network, which are the denoiser's."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        output: Tensor = self.network(x, c_noise, fields, context)
        return output[:, : x.shape[1]]


class Prior(NamedTuple):
    """A network with its parameterisation, encoding of the position, and latent space.

    Without a `coder` it works in the space of x, and z is x. If `mirrored` it has learned mirror
    images of states, too (`mirror`).
    """

    network: nn.Module
    process: ProcessConfig
    position: str
    coder: ColumnAutoencoder | None = None
    start: str = "analysis"
    mirrored: bool = False

    @classmethod
    def of(cls, network: nn.Module, model: WaterModel, wrapped: nn.Module | None = None) -> "Prior":
        """Of these settings; `wrapped` is called instead of the network."""
        coder, position = coder_of(network), model.network.position
        network = wrapped or network
        return cls(network, model.process, position, coder, model.start, model.mirrored)

    def encode(self, x: Tensor) -> Tensor:
        """z of x [B, C, H, W]."""
        if self.coder is None:
            return x
        with torch.autocast(x.device.type, enabled=False):  # targets need single precision
            return self.coder.encode(x.float())

    def decode(self, z: Tensor) -> Tensor:
        """x of z."""
        if self.coder is None:
            return z
        with torch.autocast(z.device.type, enabled=False):
            return self.coder.decode(z.float())

    def shape(self, conditioning: Conditioning) -> tuple[int, ...]:
        """Of one z."""
        channels, *cells = conditioning.first_guess.shape[1:]
        return (channels if self.coder is None else self.coder.latent, *cells)

    def parameterisation(self, network: nn.Module | None = None) -> Parameterisation:
        """The network as a denoiser of unit variance."""
        wrapped = Denoised(network or self.network)
        return make_parameterisation(self.process.parameterisation, wrapped)

    def denoiser(self, conditioning: Conditioning, network: nn.Module | None = None) -> Denoiser:
        """D(z_t; α, σ), of the shape of z; with the conditioning of each state or one for all."""
        wrapped = self.parameterisation(network)
        fields, vector = conditioning.fields, context(conditioning, self.position)

        def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            count = len(x_t)
            x_hat: Tensor = wrapped(
                x_t * conditioning.ocean,
                alpha_t,
                sigma_t,
                fields=fields.expand(count, -1, -1, -1),
                context=vector.expand(count, -1),
            )
            return x_hat * conditioning.ocean

        return denoise

    def answer(self, conditioning: Conditioning, network: nn.Module | None = None) -> Moments:
        """As `moments`; on both sides of the mirror, in two evaluations, if it has learned both."""
        here = self.moments(conditioning, network)
        if not self.mirrored:
            return here
        return of_both(here, self.moments(mirrored(conditioning), network))

    def moments(self, conditioning: Conditioning, network: nn.Module | None = None) -> Moments:
        """Mean and log standard deviation of x, [B, C, H, W], in one evaluation.

        With infinite noise D = E[x | conditioning], or in latent space the z whose decoding is
        nearest to it; the network's other channels are the log standard deviation. Columns that OI
        of profiles uses keep its values: see `ambient`.
        """
        one = torch.ones(len(conditioning.first_guess), device=conditioning.first_guess.device)
        strong = NO_STATE * one
        method = self.parameterisation(network)
        _, _, c_out = method.coefficients(one, strong)
        answer: Tensor = (network or self.network)(
            conditioning.first_guess.new_zeros(
                (len(conditioning.first_guess), *self.shape(conditioning))
            ),
            embed_noise(one, strong),
            conditioning.fields,
            context(conditioning, self.position),
        )
        channels = self.shape(conditioning)[0]
        mean, log_std = answer[:, :channels].float(), answer[:, channels:].float()
        mean = self.decode(c_out.view(-1, 1, 1, 1) * mean)
        free = conditioning.ocean
        if self.start == "profiles":
            free = free * (conditioning.where.amax(dim=1, keepdim=True) == 0)
        return mean * free, log_std.clamp(*SPREAD) * free
