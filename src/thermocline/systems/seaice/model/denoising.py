"""What the denoiser is trained for.

    L = E_γ [ w(γ) ‖v̂ − v‖² / p(γ) ],   x_t = x + σ ε,   σ = e^{γ/2},   w(γ) = sech(γ/2)

v = (ε − σ x)/√(1 + σ²), so that a v-error is an x̂-error times √(1 + σ²)/σ. The weight fades at both
ends, where there is nothing to learn; p is the adaptive density, or a fixed one. Some samples are
not given the day of the year.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.diffusion.adaptive import stratified
from thermocline.systems.seaice.config.model import IceProcess
from thermocline.systems.seaice.model.networks import IceDenoiser, season
from thermocline.training.objective import Metrics
from thermocline.training.share import WHOLE, Share, gathered

LOGNORMAL = (-0.4, 1.4)
"""EDM's mean and standard deviation of log σ, for data of variance 1."""
CHECKED = 256


class Batch(NamedTuple):
    """A batch: states [B, C, h, w], day, place of the noise level and whether the day is given [B],
    noise, and which share it is."""

    x: Tensor
    day: Tensor
    place: Tensor
    given: Tensor
    noise: Tensor
    share: Share


class Denoising:
    """An `Objective` of an `IceDenoiser`.

    Args:
        states: what is denoised, of about unit variance [N, C, h, w].
        day: of the year [N].
        held_back: the same of the validation years.
        weight: of each cell [h, w]; its mean is 1.
        process: noise levels.
        batch: states a step.
    """

    def __init__(
        self,
        states: Tensor,
        day: Tensor,
        held_back: tuple[Tensor, Tensor],
        weight: Tensor,
        process: IceProcess,
        batch: int,
    ):
        self.states, self.day, self.weight = states, day, weight
        self.held_back = tuple(part[:CHECKED] for part in held_back)
        self.process, self.batch = process, batch

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Batch:
        """A share of one batch; where its noise levels lie, the network says."""
        chosen = torch.randint(len(self.states), (self.batch,), generator=generator)
        place = self._places(self.batch, generator)
        given = torch.rand(self.batch, generator=generator) >= self.process.unconditional
        noise = torch.randn((self.batch, *self.states.shape[1:]), generator=generator)
        chosen, place, given, noise = map(share.part, (chosen, place, given, noise))
        return Batch(self.states[chosen], self.day[chosen], place, given, noise, share)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """L; the adaptive density learns from the whole batch."""
        assert isinstance(network, IceDenoiser)
        x, day, place, given, noise, share = batch
        gamma, density = self._levels(network, place)
        error = velocity_error(network, x, day, gamma, given, noise, self.weight)
        weighted = weight_of(gamma) * error
        if self.process.schedule == "adaptive":
            network.noise.update(*(gathered(part, share) for part in (gamma, weighted.detach())))
        width = network.noise.high - network.noise.low
        return (weighted / (width * density.to(weighted))).mean()

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """The same loss on held-back states, at noise levels spread evenly over γ."""
        assert isinstance(network, IceDenoiser)
        states, day = self.held_back
        generator = torch.Generator().manual_seed(0)
        low, high = network.noise.low, network.noise.high
        gamma = low + (torch.arange(len(states)) + 0.5) * (high - low) / len(states)
        order = torch.randperm(len(states), generator=generator)
        given = torch.ones(len(states), dtype=torch.bool)
        errors = []
        for part in torch.arange(len(states)).split(64):
            noise = torch.randn(states[part].shape, generator=generator)
            level = gamma[order[part]]
            error = velocity_error(
                network, states[part], day[part], level, given[part], noise, self.weight
            )
            errors.append(error * weight_of(level).to(error))
        return {"denoiser_loss": float(torch.cat(errors).mean())}

    def _places(self, count: int, generator: torch.Generator) -> Tensor:
        """What noise levels are made of [count], float64: normal numbers, or F(γ), stratified."""
        if self.process.schedule == "lognormal":
            return torch.randn(count, generator=generator, dtype=torch.float64)
        return stratified(count, generator)

    def _levels(self, network: IceDenoiser, place: Tensor) -> tuple[Tensor, Tensor]:
        """γ and their density p(γ), each [B]."""
        noise = network.noise
        if self.process.schedule == "adaptive":
            gamma = noise.sample(place)
            return gamma, noise.density(gamma)
        even = torch.full_like(place, 1 / (noise.high - noise.low))
        if self.process.schedule == "uniform":
            return noise.low + place * (noise.high - noise.low), even
        mean, std = LOGNORMAL
        # EDM weighs by its density on purpose: p cancels.
        return (2 * (mean + std * place)).clamp(noise.low, noise.high), even


def velocity_error(
    network: nn.Module,
    x: Tensor,
    day: Tensor,
    gamma: Tensor,
    given: Tensor,
    noise: Tensor,
    weight: Tensor,
) -> Tensor:
    """‖v̂ − v‖² / (C·h·w) of each state [B].

    Args:
        network: an `IceDenoiser`.
        x, noise: states and noise [B, C, h, w].
        day, given: of the year, and whether the network is given it [B].
        gamma: noise levels γ [B].
        weight: of each cell [h, w].
    """
    device = next(network.parameters()).device
    noise = noise.to(device)
    x, sigma = x.to(device), (gamma / 2).exp().float().to(device)
    s = sigma[:, None, None, None]
    x_hat = network(x + s * noise, torch.ones_like(sigma), sigma, season(day, given).to(device))
    error = (x_hat.float() - x).square() * weight.to(device)
    return error.mean(dim=(1, 2, 3)) * (1 + sigma.square()) / sigma.square()


def weight_of(gamma: Tensor) -> Tensor:
    """w(γ) = sech(γ/2), float32."""
    return (1 / torch.cosh(gamma / 2)).float()
