"""What the network is trained for: denoising z, and the mean where it is shown no state.

    E λ(σ)·u^p·|D(z_t; α, σ) − z|^p,   p = 2 (or 1),   over sea

with u the error to be expected relative to its scale, so that errors count as they do in °C. Times
are drawn evenly over the schedule, stratified over the batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from thermocline.config.superres import SuperresTraining
from thermocline.diffusion.schedule import perturb
from thermocline.ocean.downscaling import Pair
from thermocline.systems.best_guess import NO_STATE
from thermocline.systems.superres.crops import Crops, split, stacked
from thermocline.systems.superres.known import Known
from thermocline.systems.superres.restorer import Restorer
from thermocline.systems.training import Metrics


class Restoring:
    """An `Objective`.

    Args:
        restorer: the network and how it is made a denoiser.
        crops: training crops.
        checks: held-back pairs and what is known of them.
        unit: s, °C.
    """

    def __init__(
        self,
        restorer: Restorer,
        training: SuperresTraining,
        crops: Crops,
        checks: tuple[Sequence[Known], Sequence[Pair]],
        unit: float,
    ):
        self.restorer, self.training, self.crops, self.unit = restorer, training, crops, unit
        self.checks = [stacked(known, truth) for known, (_, truth) in zip(*checks, strict=True)]

    def loss(self, network: nn.Module, generator: torch.Generator) -> Tensor:
        """One batch: crops, times and noise from `generator`."""
        device = next(network.parameters()).device
        z, told = self.crops.draw(self.training.batch, generator)
        alpha, sigma = self.levels(len(z), generator)
        z_t = perturb(z, torch.randn(z.shape, generator=generator), alpha, sigma)
        blind = torch.arange(len(z)) < round(self.training.blind * len(z))
        alpha, sigma = alpha.masked_fill(blind, 1.0), sigma.masked_fill(blind, NO_STATE)
        z_t = z_t.masked_fill(blind[:, None, None, None], 0)
        z, z_t, alpha, sigma = (part.to(device) for part in (z, z_t, alpha, sigma))
        told = told.to(device)
        error = (self.restorer.denoiser(told, network)(z_t, alpha, sigma).float() - z).abs()
        error = error * told.unit / self.unit
        if self.training.loss == "square":
            error = error.square()
        weight = self.weight(sigma / alpha)[:, None, None, None]
        return (weight * error * told.ocean).sum() / told.ocean.sum().clamp(min=1)

    def levels(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """α and σ [count], at times drawn evenly."""
        schedule = self.restorer.schedule
        drawn = (
            torch.rand(count, generator=generator) + torch.randperm(count, generator=generator)
        ) / count
        time = drawn.double() * schedule.grid(1)[0]
        return schedule.alpha(time).float(), schedule.sigma(time).float()

    def weight(self, ratio: Tensor) -> Tensor:
        """λ: EDM's for a residual, so that every level asks as much; 1 for a field."""
        if self.restorer.process.predicts == "field":
            return torch.ones_like(ratio)
        return 1 + ratio.clamp(min=LEAST) ** -2

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """RMSE in °C of the mean in one evaluation, and relative to the centre's."""
        device = next(network.parameters()).device
        error = left = count = 0.0
        for check in self.checks:
            z, told = split(check[None].to(device))
            unit = told.unit * told.ocean
            error += float(((self.restorer.mean(told, network) - z) * unit).square().sum())
            left += float((z * unit).square().sum())
            count += float(told.ocean.sum())
        return {"rmse": (error / count) ** 0.5, "rmse_ratio": (error / left) ** 0.5}


LEAST = 0.02
"""σ/α below which levels weigh no more: there is nothing left to learn."""
