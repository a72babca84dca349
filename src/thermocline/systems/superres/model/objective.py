"""The loss: of denoising z, and of the mean where no noisy state is given.

    E λ(σ)·u^p·|D(z_t; α, σ) − z|^p,   p = 2 (or 1),   over sea

with u the expected error relative to its scale, so that errors are weighted as in °C. Times are
drawn evenly over those that a sampler may visit, stratified over the batch.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from thermocline.diffusion.denoiser import NO_STATE
from thermocline.diffusion.schedule import perturb
from thermocline.ocean.downscaling import Pair
from thermocline.systems.superres.config.model import ShiftConfig
from thermocline.systems.superres.config.training import SuperresTraining
from thermocline.systems.superres.model.conditioning import Conditioning
from thermocline.systems.superres.model.crops import Crops, split, stacked
from thermocline.systems.superres.model.denoiser import ConditionalDenoiser, ConditioningBatch
from thermocline.systems.superres.model.noise_correlation import NoiseCorrelation
from thermocline.systems.superres.model.scales import Scales
from thermocline.training.objective import Metrics, step_generator
from thermocline.training.share import WHOLE, Share


class Batch(NamedTuple):
    """A batch.

    Attributes:
        z, z_t: the residual and the noisy state [B, 1, H, W].
        alpha, sigma: [B].
        mean_only: which have no noisy state [B].
        conditions: the conditioning.
        cells: number of sea cells in the whole batch, per process.
    """

    z: Tensor
    z_t: Tensor
    alpha: Tensor
    sigma: Tensor
    mean_only: Tensor
    conditions: ConditioningBatch
    cells: Tensor


class DenoisingLoss:
    """An `Objective`.

    Args:
        denoiser: of the network that is trained.
        crops: training crops.
        checks: conditioning and pairs for validation.
        scales: s, and the correlation of the noise.
    """

    def __init__(
        self,
        denoiser: ConditionalDenoiser,
        training: SuperresTraining,
        crops: Crops,
        checks: tuple[Sequence[Conditioning], Sequence[Pair]],
        scales: Scales,
    ):
        self.denoiser, self.training, self.crops = denoiser, training, crops
        self.unit, self.correlation = scales.unit, NoiseCorrelation(scales.kernel)
        self.checks = [stacked(given, truth) for given, (_, truth) in zip(*checks, strict=True)]

    def draw(self, generator: torch.Generator, share: Share = WHOLE) -> Batch:
        """A share of one batch: crops, times and noise from `generator`."""
        z, conditions = self.crops.draw(self.training.batch, generator)
        alpha, sigma = self.levels(len(z), generator)
        noise = self.correlation(torch.randn(z.shape, generator=generator))
        z_t = perturb(z, noise, alpha, sigma)
        mean_only = torch.arange(len(z)) < self.training.mean_states
        alpha, sigma = alpha.masked_fill(mean_only, 1.0), sigma.masked_fill(mean_only, NO_STATE)
        z_t = z_t.masked_fill(mean_only[:, None, None, None], 0)
        cells = conditions.ocean.sum().clamp(min=1) / share.of
        z, z_t, alpha, sigma, mean_only = map(share.part, (z, z_t, alpha, sigma, mean_only))
        return Batch(z, z_t, alpha, sigma, mean_only, conditions.shared(share), cells)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """See `denoising_loss`."""
        return self.with_prediction(network, batch)[0]

    def with_prediction(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss, and the denoised ẑ [B, 1, H, W]."""
        return denoising_loss(self.denoiser, network, batch, self.unit, self.training.loss)

    def levels(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """α and σ [count], at times drawn evenly."""
        schedule = self.denoiser.schedule
        place = (
            torch.rand(count, generator=generator) + torch.randperm(count, generator=generator)
        ) / count
        latest = float(schedule.grid(1)[0])
        time = EARLIEST + (latest - EARLIEST) * place.double()
        return schedule.alpha(time).float(), schedule.sigma(time).float()

    @torch.no_grad()
    def validate(self, network: nn.Module) -> Metrics:
        """Errors on validation pairs; all but the first are relative to those of the first guess.

        `validation_rmse` (in °C) and `rmse_ratio` are of the mean in one evaluation, `denoising` is
        of states at `RATIOS`; `error` is the mean of the last two with the training's weights.
        """
        device = next(network.parameters()).device
        mean = denoising = first_guess = count = 0.0
        for number, check in enumerate(self.checks):
            z, conditions = split(check[None].to(device))
            white = torch.randn(z.shape, generator=step_generator(0, number))
            noise = self.correlation(white).to(device)
            denoise, unit = (
                self.denoiser.conditioned_on(conditions, network),
                conditions.unit * conditions.ocean,
            )
            size = lambda error, unit=unit: float((error * unit).square().sum())
            mean += size(self.denoiser.mean(conditions, network) - z)
            for ratio in torch.tensor(RATIOS, device=device):
                z_hat = denoise(z + ratio * noise, torch.ones_like(ratio), ratio)
                denoising += size(z_hat - z) / len(RATIOS)
            first_guess += size(z)
            count += float(conditions.ocean.sum())
        ratios = {
            "rmse_ratio": (mean / first_guess) ** 0.5,
            "denoising": (denoising / first_guess) ** 0.5,
        }
        fraction = self.training.mean_fraction
        error = fraction * ratios["rmse_ratio"] + (1 - fraction) * ratios["denoising"]
        # MLflow shows `rmse` as the score on test days: another name, or one curve would have both.
        return {"validation_rmse": (mean / count) ** 0.5, **ratios, "error": error}


def denoising_loss(
    denoiser: ConditionalDenoiser,
    network: nn.Module,
    batch: Batch,
    unit: float,
    kind: Literal["square", "absolute"],
) -> tuple[Tensor, Tensor]:
    """The loss of a batch, and the denoised ẑ [B, 1, H, W].

    Args:
        unit: s, °C.
    """
    z, z_t, alpha, sigma, _, conditions, cells = batch
    z_hat = denoiser.conditioned_on(conditions, network)(z_t, alpha, sigma).float()
    error = (z_hat - z).abs() * conditions.unit / unit
    if kind == "square":
        error = error.square()
    weight = _weight(sigma / alpha, denoiser.process)[:, None, None, None]
    return (weight * error * conditions.ocean).sum() / cells, z_hat


def _weight(ratio: Tensor, process: ShiftConfig) -> Tensor:
    """λ at σ/α: EDM's for a residual, which gives all levels the same weight; 1 for a field."""
    if process.predicts == "field":
        return torch.ones_like(ratio)
    return 1 + ratio**-2


RATIOS = (0.4, 1.5)
"""σ/α at which denoising is validated: with weak and with strong noise."""
EARLIEST = 0.5
"""Samplers of up to twice as many steps as the schedule has visit no earlier time."""
