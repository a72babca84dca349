"""What the network is trained for: denoising z, and the mean where it is given no state.

    E λ(σ)·u^p·|D(z_t; α, σ) − z|^p,   p = 2 (or 1),   over sea

with u the error to be expected relative to its scale, so that errors count as they do in °C. Times
are drawn evenly over those a sampler may visit, stratified over the batch.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from thermocline.diffusion.denoiser import NO_STATE
from thermocline.diffusion.schedule import perturb
from thermocline.ocean.downscaling import Pair
from thermocline.systems.superres.config import SuperresTraining
from thermocline.systems.superres.model.conditioning import Conditioning
from thermocline.systems.superres.model.crops import Crops, split, stacked
from thermocline.systems.superres.model.noise_correlation import NoiseCorrelation
from thermocline.systems.superres.model.restorer import ConditionalDenoiser, ConditioningBatch
from thermocline.systems.superres.model.scales import Scales
from thermocline.training.objective import Metrics, step_generator
from thermocline.training.share import WHOLE, Share


class Drawn(NamedTuple):
    """A batch.

    Attributes:
        z, z_t: what is left to explain, and the noisy state [B, 1, H, W].
        alpha, sigma: [B].
        blind: who is given no state [B].
        conditions: what the network is given.
        cells: of the whole batch's sea, for each process.
    """

    z: Tensor
    z_t: Tensor
    alpha: Tensor
    sigma: Tensor
    blind: Tensor
    conditions: ConditioningBatch
    cells: Tensor


class DenoisingLoss:
    """An `Objective`.

    Args:
        restorer: the network and how it is made a denoiser.
        crops: training crops.
        checks: held-back pairs and what is known of them.
        scales: s, and the correlation of the noise.
    """

    def __init__(
        self,
        restorer: ConditionalDenoiser,
        training: SuperresTraining,
        crops: Crops,
        checks: tuple[Sequence[Conditioning], Sequence[Pair]],
        scales: Scales,
    ):
        self.restorer, self.training, self.crops = restorer, training, crops
        self.unit, self.correlation = scales.unit, NoiseCorrelation(scales.kernel)
        self.checks = [stacked(given, truth) for given, (_, truth) in zip(*checks, strict=True)]

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Drawn:
        """A share of one batch: crops, times and noise from `generator`."""
        z, conditions = self.crops.draw(self.training.batch, generator)
        alpha, sigma = self.levels(len(z), generator)
        noise = self.correlation(torch.randn(z.shape, generator=generator))
        z_t = perturb(z, noise, alpha, sigma)
        blind = torch.arange(len(z)) < self.training.blind_states
        alpha, sigma = alpha.masked_fill(blind, 1.0), sigma.masked_fill(blind, NO_STATE)
        z_t = z_t.masked_fill(blind[:, None, None, None], 0)
        cells = conditions.ocean.sum().clamp(min=1) / share.of
        z, z_t, alpha, sigma, blind = map(share.part, (z, z_t, alpha, sigma, blind))
        return Drawn(z, z_t, alpha, sigma, blind, conditions.shared(share), cells)

    def loss(self, network: nn.Module, drawn: Drawn) -> Tensor:
        """Errors of what the network makes of it."""
        return self.attempt(network, drawn)[0]

    def attempt(self, network: nn.Module, drawn: Drawn) -> tuple[Tensor, Tensor]:
        """The loss, and what the network made of z_t [B, 1, H, W]."""
        z, z_t, alpha, sigma, _, conditions, cells = drawn
        z_hat = self.restorer.denoiser(conditions, network)(z_t, alpha, sigma).float()
        error = (z_hat - z).abs() * conditions.unit / self.unit
        if self.training.loss == "square":
            error = error.square()
        weight = self.weight(sigma / alpha)[:, None, None, None]
        return (weight * error * conditions.ocean).sum() / cells, z_hat

    def levels(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """α and σ [count], at times drawn evenly."""
        schedule = self.restorer.schedule
        drawn = (
            torch.rand(count, generator=generator) + torch.randperm(count, generator=generator)
        ) / count
        latest = float(schedule.grid(1)[0])
        time = EARLIEST + (latest - EARLIEST) * drawn.double()
        return schedule.alpha(time).float(), schedule.sigma(time).float()

    def weight(self, ratio: Tensor) -> Tensor:
        """λ: EDM's for a residual, so that every level asks as much; 1 for a field."""
        if self.restorer.process.predicts == "field":
            return torch.ones_like(ratio)
        return 1 + ratio**-2

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """Errors on held-back pairs, those after the first relative to knowing nothing.

        `rmse` (in °C) and `rmse_ratio` are of the mean in one evaluation, `denoising` is of states
        at `RATIOS`; `error` weighs the last two as training does.
        """
        device = next(network.parameters()).device
        mean = denoising = left = count = 0.0
        for number, check in enumerate(self.checks):
            z, conditions = split(check[None].to(device))
            white = torch.randn(z.shape, generator=step_generator(0, number))
            noise = self.correlation(white).to(device)
            denoise, unit = (
                self.restorer.denoiser(conditions, network),
                conditions.unit * conditions.ocean,
            )
            size = lambda error, unit=unit: float((error * unit).square().sum())
            mean += size(self.restorer.mean(conditions, network) - z)
            for ratio in torch.tensor(RATIOS, device=device):
                z_hat = denoise(z + ratio * noise, torch.ones_like(ratio), ratio)
                denoising += size(z_hat - z) / len(RATIOS)
            left += size(z)
            count += float(conditions.ocean.sum())
        ratios = {"rmse_ratio": (mean / left) ** 0.5, "denoising": (denoising / left) ** 0.5}
        blind = self.training.blind
        error = blind * ratios["rmse_ratio"] + (1 - blind) * ratios["denoising"]
        return {"rmse": (mean / count) ** 0.5, **ratios, "error": error}


RATIOS = (0.4, 1.5)
"""σ/α at which denoising is validated: where z is nearly, and where it is hardly seen."""
EARLIEST = 0.5
"""Samplers of up to twice as many steps as the schedule has visit no earlier time."""
