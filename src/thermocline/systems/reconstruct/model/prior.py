"""A trained prior: a network, how it parameterises the denoiser, and what it is conditioned on."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig
from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.parameterisations import Parameterisation, make_parameterisation
from thermocline.diffusion.schedule import spread
from thermocline.networks.unet import UNet
from thermocline.ocean.grid import Grid
from thermocline.systems.reconstruct.model.condition import (
    informed_count,
    informed_fields,
    season,
    unit_sphere,
)
from thermocline.systems.reconstruct.model.contract import ReconstructContract
from thermocline.training.weights import use_weights

RESIDUAL_STD = 0.7
"""σ_data of what an analysis leaves unknown, in standard deviations of the climate."""


class Conditioning(NamedTuple):
    """What a network is conditioned on of a state, each [B or 1, C, H, W].

    Attributes:
        values: observed values, zero elsewhere.
        where: one where they are, zero elsewhere.
        analysis: what the ensemble OI made of them, for networks that start from it.
    """

    values: Tensor
    where: Tensor
    analysis: Tensor | None = None


def build_network(config: NetworkConfig, masking: MaskingConfig, channels: int, seed: int) -> UNet:
    """An untrained UNet whose first weights depend on `seed` alone.

    It is given the mask and the position; and, if `masking` ever shows any, the observations; and,
    if it starts from an analysis, the analysis and what the observations say of it.
    """
    inputs = channels + 3
    if masking.analysis:
        inputs += informed_count(channels)
    elif masking.shows:
        inputs += 2 * channels
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet(
            channels,
            fields=inputs,
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
    on the way in and on the way out. With `masking` below 1 the network is given observations too,
    and D approximates E[x | x_t, y]; with `masking.analysis` also their analysis a, and D − a is
    what is parameterised: an untrained network answers a.
    """

    network: nn.Module
    process: ProcessConfig
    grid: Grid
    masking: MaskingConfig

    def __post_init__(self) -> None:
        self.position = unit_sphere(self.grid)

    def denoiser(
        self,
        ocean: Tensor,
        month: Tensor,
        network: nn.Module | None = None,
        given: Conditioning | None = None,
    ) -> Denoiser:
        """D(x_t; α, σ) ≈ E[x | x_t] for masks `ocean` [B or 1, C, H, W] and months [B or 1].

        Args:
            given: the observations, for a network that was trained with masking;
                none if left out.
        """
        wrapped = self.parameterisation(network or self.network)
        ocean = ocean.float()
        inputs = [ocean, self.position.to(ocean.device)[None]]
        nothing = torch.zeros_like(ocean)
        values, where, analysis = given or Conditioning(nothing, nothing)
        centre = nothing if analysis is None else analysis.to(ocean)
        if self.masking.analysis:
            inputs.append(informed_fields(values.to(ocean), where.to(ocean), centre))
        elif self.masking.shows:
            inputs += [(values * where).to(ocean), where.to(ocean)]
        most = max(len(part) for part in inputs)
        fields = torch.cat([part.expand(most, -1, -1, -1) for part in inputs], dim=1)
        context = season(month).to(ocean.device)

        def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            batch = x_t.shape[0]
            x_hat = centre + wrapped(
                (x_t - spread(alpha_t, x_t) * centre) * ocean,
                alpha_t,
                sigma_t,
                fields=fields.expand(batch, -1, -1, -1),
                context=context.expand(batch, -1),
            )
            return x_hat * ocean

        return denoise

    def parameterisation(self, network: nn.Module) -> Parameterisation:
        """`network` as a denoiser of states, or of what an analysis left unknown."""
        sigma_data = RESIDUAL_STD if self.masking.analysis else 1.0
        return make_parameterisation(self.process.parameterisation, network, sigma_data=sigma_data)


def load_prior(
    weights: dict[str, Tensor], contract: ReconstructContract
) -> tuple[Prior, dict[str, Tensor]]:
    """The prior with its averaged (EMA) weights, and the raw weights by name.

    Raises:
        BadFile: if the weights do not fit the contract.
    """
    network = build_network(contract.network, contract.masking, len(contract.depth), seed=0)
    raw = use_weights(network, weights, f"model of {contract.system}", contract.weights.served)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Prior(network.to(device), contract.process, contract.grid, contract.masking), raw
