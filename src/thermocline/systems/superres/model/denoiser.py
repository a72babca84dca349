"""A network as a denoiser of the residual z = (x − c)/(s·u).

    residual    D = c_skip·z_t + c_out·F(c_in·z_t),  EDM's coefficients with σ_data = 1
    field       D = (20·F(X_t/√(0.3σ² + ¼)) + 15 − c)/unit,   X_t = (c + unit·z_t − 15)/20

The second is the published one: F predicts the temperature itself, scaled from [−5, 35] °C to
[−1, 1], from the noisy temperature x_t = c + unit·z_t and c in that scaling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from thermocline.diffusion.denoiser import NO_STATE, Denoiser
from thermocline.diffusion.parameterisations import EDMPrecond, embed_noise
from thermocline.diffusion.residual import ResidualShift
from thermocline.diffusion.schedule import spread
from thermocline.systems.superres.config.model import ShiftConfig, SuperresNetwork
from thermocline.systems.superres.model.conditioning import EVEN, ODD, Conditioning
from thermocline.training.share import Share

MIDDLE, HALF = 15.0, 20.0
"""°C: the published scaling, [−5, 35] °C to [−1, 1]."""
AROUND = 8
"""Blocks that are repeated beyond each end of a circle of longitude."""


class ConditioningBatch(NamedTuple):
    """`Conditioning`s as tensors: [B, 1, H, W], `fields` [B, K, H, W]."""

    first_guess: Tensor
    unit: Tensor
    ocean: Tensor
    fields: Tensor
    periodic: bool = False

    def shared(self, share: Share) -> "ConditioningBatch":
        """A share of it."""
        first_guess, unit, ocean, fields = (share.part(part) for part in self[:4])
        return ConditioningBatch(first_guess, unit, ocean, fields, self.periodic)

    def to(self, device: torch.device) -> "ConditioningBatch":
        """The same on a device."""
        first_guess, unit, ocean, fields = (part.to(device) for part in self[:4])
        return ConditioningBatch(first_guess, unit, ocean, fields, self.periodic)


def batched(given: Sequence[Conditioning], device: torch.device | str = "cpu") -> ConditioningBatch:
    """Several problems of one shape."""
    stack = lambda name: torch.from_numpy(
        np.stack([getattr(each, name) for each in given])[:, None]
    ).to(device)
    fields = torch.from_numpy(np.stack([each.fields for each in given])).to(device)
    ocean = stack("ocean").float()
    return ConditioningBatch(stack("first_guess"), stack("unit"), ocean, fields, given[0].periodic)


def build_network(config: SuperresNetwork, process: ShiftConfig, seed: int) -> nn.Module:
    """An untrained network whose first weights depend on `seed` alone."""
    fields = 1 if process.predicts == "field" else EVEN + ODD
    options = config.model_dump(exclude={"kind"}) | {"periodic": False}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if config.kind == "swin":
            from thermocline.networks.swin import SwinUNet

            options.pop("head")
            return SwinUNet(1, fields=fields, **options)
        from thermocline.networks.unet import UNet

        return UNet(1, fields=fields, **options)


@dataclass
class ConditionalDenoiser:
    """A network with the parameterisation that makes it a denoiser.

    Attributes:
        learned_mean: whether it was trained to predict the mean without a noisy state.
    """

    network: nn.Module
    process: ShiftConfig
    learned_mean: bool = True

    @property
    def schedule(self) -> ResidualShift:
        """The schedule of z."""
        process = self.process
        return ResidualShift(process.T, process.kappa, process.power, last=process.last)

    def conditioned_on(
        self, conditions: ConditioningBatch, network: nn.Module | None = None
    ) -> Denoiser:
        """D(z_t; α, σ) ≈ E[z | z_t, conditioning], [B, 1, H, W]; 0 on land."""
        network = network or self.network
        make = _field if self.process.predicts == "field" else _residual
        denoise = make(Padded(network, conditions.periodic), conditions)

        def on_sea(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
            return denoise(x_t * conditions.ocean, alpha_t, sigma_t) * conditions.ocean

        return on_sea

    def mean(self, conditions: ConditioningBatch, network: nn.Module | None = None) -> Tensor:
        """E[z | conditioning] in one evaluation, [B, 1, H, W].

        With the strongest noise a state holds nearly no information. A network that learned the
        mean is evaluated without a state; another at the first guess, where sampling starts,
        without noise.
        """
        nothing = torch.zeros_like(conditions.first_guess)
        first = self.schedule.grid(1)[0]
        alpha, sigma = (
            (1.0, NO_STATE)
            if self.learned_mean
            else (float(self.schedule.alpha(first)), float(self.schedule.sigma(first)))
        )
        number = lambda value: torch.full((len(nothing),), value, device=nothing.device)
        return self.conditioned_on(conditions, network)(nothing, number(alpha), number(sigma))


class Padded:
    """A network on fields of any size, of a region or around the globe.

    Fields are padded to a size that the network accepts: by their values at the edge, and around
    the globe by those of the opposite side.
    """

    def __init__(self, network: Any, periodic: bool):
        self.network, self.periodic = network, periodic

    def __call__(self, x: Tensor, c_noise: Tensor, fields: Tensor) -> Tensor:
        rows, columns = x.shape[-2:]
        step, side = self.network.divisor, 0
        if self.periodic:
            side = AROUND * self.network.patch
            x, fields = (F.pad(each, (side, side, 0, 0), mode="circular") for each in (x, fields))
        pad = (0, -(columns + 2 * side) % step, 0, -rows % step)
        x, fields = (F.pad(each, pad, mode="replicate") for each in (x, fields))
        return self.network(x, c_noise, fields)[..., :rows, side : side + columns]


def _residual(network: Padded, conditions: ConditioningBatch) -> Denoiser:
    wrapped = EDMPrecond(_Called(network))

    def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        fields = conditions.fields.expand(len(x_t), -1, -1, -1)
        return wrapped(x_t, alpha_t, sigma_t, fields=fields)

    return denoise


def _field(network: Padded, conditions: ConditioningBatch) -> Denoiser:
    scaled = (conditions.first_guess - MIDDLE) / HALF * conditions.ocean

    def denoise(x_t: Tensor, alpha_t: Tensor, sigma_t: Tensor) -> Tensor:
        sigma = spread(sigma_t, x_t)
        c_noise = embed_noise(spread(alpha_t, x_t), sigma).reshape(-1).expand(len(x_t))
        noisy = scaled + conditions.unit * x_t / HALF
        fields = scaled.expand(len(x_t), -1, -1, -1)
        x = network(noisy * torch.rsqrt(0.3 * sigma**2 + 0.25), c_noise, fields)
        return (x - scaled) * HALF / conditions.unit

    return denoise


class _Called(nn.Module):
    """`Padded` as the module that `Parameterisation` needs."""

    def __init__(self, network: Padded):
        super().__init__()
        self.fitting = network

    def forward(self, x: Tensor, c_noise: Tensor, fields: Tensor) -> Tensor:
        return self.fitting(x, c_noise, fields)
