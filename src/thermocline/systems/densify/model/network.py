"""The denoiser D(x_t; α, σ | what it is told), untrained; its first weights depend on a seed."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.config import ProcessConfig
from thermocline.diffusion.denoiser import NO_STATE, Denoiser
from thermocline.diffusion.parameterisations import Parameterisation, make_parameterisation
from thermocline.networks.convnext import ConvNeXtStage
from thermocline.networks.layers import Stage
from thermocline.networks.unet import UNet
from thermocline.systems.densify.config import WaterNetwork
from thermocline.systems.densify.model.told import Told, context, context_of, fields_of

STAGES = {"residual": Stage, "convnext": ConvNeXtStage}


def new_network(own: WaterNetwork, channels: int, seed: int) -> UNet:
    """A UNet for C channels of water."""
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
        )


class Prior(NamedTuple):
    """A network, what it predicts, and how it is told the place."""

    network: nn.Module
    process: ProcessConfig
    position: str

    def parameterisation(self, network: nn.Module | None = None) -> Parameterisation:
        """The network as a denoiser of unit variance."""
        return make_parameterisation(self.process.parameterisation, network or self.network)

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


def posterior_mean(denoiser: Denoiser, told: Told) -> Tensor:
    """E[x | what is told], [B, C, H, W], in one evaluation: noise so strong that no state is left."""
    nothing, one = torch.zeros_like(told.centre), torch.ones(len(told.centre), device=told.ocean.device)
    return denoiser(nothing, one, NO_STATE * one)
