"""The denoiser D(x_t; α, σ | what it is told), untrained; its first weights depend on a seed."""

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
from thermocline.networks.convnext import ConvNeXtStage
from thermocline.networks.layers import Stage
from thermocline.networks.unet import UNet
from thermocline.systems.densify.config import WaterNetwork
from thermocline.systems.densify.model.told import Told, context, context_of, fields_of

SPREAD = -2.0, 1.0
"""Bounds of a log deviation."""
STAGES = {"residual": Stage, "convnext": ConvNeXtStage}


def new_network(own: WaterNetwork, channels: int, seed: int) -> UNet:
    """A UNet for C channels of water; it answers 2 C (see `Prior.moments`)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet(
            channels,
            fields=fields_of(channels),
            context=context_of(own.position),
            width=own.width,
            multipliers=own.multipliers,
            blocks=own.blocks,
            patch=own.patch,
            embedding=own.embedding,
            periodic=False,
            stage=STAGES[own.kind],
            outputs=2 * channels,
            entry=3,
        )


class Denoised(nn.Module):
    """The first C channels of a network's answer, which are the denoiser's."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor, context: Tensor) -> Tensor:
        found: Tensor = self.network(x, c_noise, fields, context)
        return found[:, : x.shape[1]]


class Prior(NamedTuple):
    """A network, what it predicts, and how it is told the place."""

    network: nn.Module
    process: ProcessConfig
    position: str

    def parameterisation(self, network: nn.Module | None = None) -> Parameterisation:
        """The network as a denoiser of unit variance."""
        wrapped = Denoised(network or self.network)
        return make_parameterisation(self.process.parameterisation, wrapped)

    def denoiser(self, told: Told, network: nn.Module | None = None) -> Denoiser:
        """D(x_t; α, σ), [B, C, H, W], for problems told one by one or one for the whole batch."""
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

        At noise so strong that no state is left, D = E[x | told]; the network's other channels say
        how far from it x is.
        """
        one = torch.ones(len(told.centre), device=told.centre.device)
        strong = NO_STATE * one
        method = self.parameterisation(network)
        _, _, c_out = method.coefficients(one, strong)
        answer: Tensor = (network or self.network)(
            torch.zeros_like(told.centre),
            embed_noise(one, strong),
            told.fields,
            context(told, self.position),
        )
        mean, log_std = answer.float().chunk(2, dim=1)
        return c_out.view(-1, 1, 1, 1) * mean * told.ocean, log_std.clamp(*SPREAD) * told.ocean
