"""A trained prior: a network, how it parameterises the denoiser, and what it is told."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from thermocline.config import NetworkConfig, ProcessConfig
from thermocline.diffusion.parameterisations import PARAMETERISATIONS, Denoiser
from thermocline.networks.unet import UNet
from thermocline.ocean.grid import Grid
from thermocline.systems.condition import season, unit_sphere


def build_network(config: NetworkConfig, channels: int, seed: int) -> UNet:
    """An untrained UNet whose first weights depend on `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet(
            channels,
            fields=channels + 3,
            context=2,
            width=config.width,
            multipliers=config.multipliers,
            blocks=config.blocks,
            patch=config.patch,
            embedding=config.embedding,
        )


@dataclass
class Prior:
    """The distribution of ocean states, as a denoiser for any season and any mask.

    The mask, one channel a level, is an input: a mask never seen in training works. Land is zero
    on the way in and on the way out.
    """

    network: nn.Module
    process: ProcessConfig
    grid: Grid

    def __post_init__(self) -> None:
        self.position = unit_sphere(self.grid)

    def denoiser(self, ocean: Tensor, month: Tensor, network: nn.Module | None = None) -> Denoiser:
        """D(x_t; α, σ) ≈ E[x | x_t] for masks `ocean` [B or 1, C, H, W] and months [B or 1]."""
        wrapped = PARAMETERISATIONS[self.process.parameterisation](network or self.network)
        ocean = ocean.float()
        position = self.position.to(ocean.device).expand(ocean.shape[0], -1, -1, -1)
        fields, context = torch.cat([ocean, position], dim=1), season(month).to(ocean.device)

        def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            batch = x_t.shape[0]
            x_hat = wrapped(
                x_t * ocean,
                alpha_t,
                sigma_t,
                fields=fields.expand(batch, -1, -1, -1),
                context=context.expand(batch, -1),
            )
            return x_hat * ocean

        return denoise
