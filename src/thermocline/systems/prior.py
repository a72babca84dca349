"""A trained prior: a network, how it parameterises the denoiser, and what it is told."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from thermocline.config import MaskingConfig, NetworkConfig, ProcessConfig
from thermocline.diffusion.denoiser import Denoiser
from thermocline.diffusion.parameterisations import make_parameterisation
from thermocline.errors import BadFile
from thermocline.networks.unet import UNet
from thermocline.ocean.grid import Grid
from thermocline.systems.condition import season, unit_sphere
from thermocline.systems.contract import Contract

Shown = tuple[Tensor, Tensor]
"""Observed values, zero elsewhere, and where they are: each [B or 1, C, H, W]."""


def build_network(config: NetworkConfig, masking: MaskingConfig, channels: int, seed: int) -> UNet:
    """An untrained UNet whose first weights depend on `seed` alone.

    It is told the mask and the position; and, if `masking` ever shows any, the observations.
    """
    told = channels + 3 + (2 * channels if masking.shows else 0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return UNet(
            channels,
            fields=told,
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
    on the way in and on the way out. With `masking` below 1 the network is shown observations too,
    and D approximates E[x | x_t, y].
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
        shown: Shown | None = None,
    ) -> Denoiser:
        """D(x_t; α, σ) ≈ E[x | x_t] for masks `ocean` [B or 1, C, H, W] and months [B or 1].

        Args:
            shown: the observations to tell the network of, where it was trained with masking;
                none if left out.
        """
        wrapped = make_parameterisation(self.process.parameterisation, network or self.network)
        ocean = ocean.float()
        position = self.position.to(ocean.device).expand(ocean.shape[0], -1, -1, -1)
        told = [ocean, position]
        if self.masking.shows:
            values, where = shown or (torch.zeros_like(ocean), torch.zeros_like(ocean))
            told += [(values * where).to(ocean), where.to(ocean)]
        fields, context = torch.cat(told, dim=1), season(month).to(ocean.device)

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


def read_weights(path: Path) -> dict[str, Tensor]:
    """Weights by name; raises BadFile if the file is missing or damaged."""
    try:
        return load_file(path)
    except (OSError, SafetensorError) as problem:
        raise BadFile(
            f"weights cannot be read: {problem}",
            where=str(path),
            fix="download or train the model again",
        ) from problem


def load_prior(weights: dict[str, Tensor], contract: Contract) -> tuple[Prior, dict[str, Tensor]]:
    """The prior with its averaged (EMA) weights, and the raw weights by name.

    Raises:
        BadFile: if the weights do not fit the contract.
    """
    network = build_network(contract.network, contract.masking, len(contract.depth), seed=0)
    try:
        network.load_state_dict(_part(weights, f"{contract.weights.served}."))
    except RuntimeError as problem:
        raise BadFile(
            f"weights do not fit the contract: {problem}",
            where=f"model of {contract.system}",
            fix="download or train the model again",
        ) from problem
    network.eval().requires_grad_(False)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    prior = Prior(network.to(device), contract.process, contract.grid, contract.masking)
    return prior, _part(weights, "raw.")


def _part(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
