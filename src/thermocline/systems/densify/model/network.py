"""The denoiser D(x_t; α, σ | what it is told), untrained; its first weights depend on a seed."""

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
from thermocline.systems.densify.config import WaterModel
from thermocline.systems.densify.model.latent import LatentNetwork, coder_of
from thermocline.systems.densify.model.told import Told, context, context_of, fields_of

SPREAD = -2.0, 1.0
"""Bounds of a log deviation."""
BLOCKS = {"residual": ResidualBlock, "convnext": ConvNeXtBlock}


def new_network(model: WaterModel, channels: int, seed: int) -> nn.Module:
    """For C channels of water: a UNet, which answers 2 C (see `Prior.moments`), or in latent space
    a `LatentNetwork`.
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
    """The first C channels of a network's answer, which are the denoiser's."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        found: Tensor = self.network(x, c_noise, fields, context)
        return found[:, : x.shape[1]]


class Prior(NamedTuple):
    """A network, what it predicts, how it is told the place, and the latent space it works in.

    Without a `coder` that is the space of x, and z is x.
    """

    network: nn.Module
    process: ProcessConfig
    position: str
    coder: ColumnAutoencoder | None = None
    start: str = "analysis"

    @classmethod
    def of(cls, network: nn.Module, model: WaterModel, wrapped: nn.Module | None = None) -> "Prior":
        """Of these settings; `wrapped` is called instead of the network."""
        coder, position = coder_of(network), model.network.position
        return cls(wrapped or network, model.process, position, coder, model.start)

    def encode(self, x: Tensor) -> Tensor:
        """z of x [B, C, H, W]."""
        if self.coder is None:
            return x
        with torch.autocast(x.device.type, enabled=False):  # what is learned has to be exact
            return self.coder.encode(x.float())

    def decode(self, z: Tensor) -> Tensor:
        """x of z."""
        if self.coder is None:
            return z
        with torch.autocast(z.device.type, enabled=False):
            return self.coder.decode(z.float())

    def shape(self, told: Told) -> tuple[int, ...]:
        """Of one z."""
        channels, *cells = told.centre.shape[1:]
        return (channels if self.coder is None else self.coder.latent, *cells)

    def parameterisation(self, network: nn.Module | None = None) -> Parameterisation:
        """The network as a denoiser of unit variance."""
        wrapped = Denoised(network or self.network)
        return make_parameterisation(self.process.parameterisation, wrapped)

    def denoiser(self, told: Told, network: nn.Module | None = None) -> Denoiser:
        """D(z_t; α, σ), shaped as z, for problems told one by one or one for the whole batch."""
        wrapped = self.parameterisation(network)
        fields, vector = told.fields, context(told, self.position)

        def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            count = len(x_t)
            x_hat: Tensor = wrapped(
                x_t * told.ocean,
                alpha_t,
                sigma_t,
                fields=fields.expand(count, -1, -1, -1),
                context=vector.expand(count, -1),
            )
            return x_hat * told.ocean

        return denoise

    def moments(self, told: Told, network: nn.Module | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log deviation of x given what is told, [B, C, H, W], in one evaluation.

        At noise so strong that no state is left, D = E[x | told], or in latent space the z whose
        decoding comes nearest to it; the network's other channels say how far from it x is. Columns
        that OI of profiles has seen stay as it has them: see `ambient`.
        """
        one = torch.ones(len(told.centre), device=told.centre.device)
        strong = NO_STATE * one
        method = self.parameterisation(network)
        _, _, c_out = method.coefficients(one, strong)
        answer: Tensor = (network or self.network)(
            told.centre.new_zeros((len(told.centre), *self.shape(told))),
            embed_noise(one, strong),
            told.fields,
            context(told, self.position),
        )
        apart = self.shape(told)[0]
        mean, log_std = answer[:, :apart].float(), answer[:, apart:].float()
        mean = self.decode(c_out.view(-1, 1, 1, 1) * mean)
        free = told.ocean
        if self.start == "profiles":
            free = free * (told.where.amax(dim=1, keepdim=True) == 0)
        return mean * free, log_std.clamp(*SPREAD) * free
