"""Where the truth is exact: a Gaussian prior, a few noisy observations.

The denoiser is the prior's own, so that what is left is the sampler's error and the guidance's.
Members are no random sample: the noise of all steps together has mean 0 and covariance 1 exactly,
so that whatever is affine in it (all but `dps`, and `mmps` before its iterations have converged)
has its exact mean and covariance, without Monte-Carlo error.
"""

from functools import cached_property

import torch
from benchmarks.sampling.pairs import Pair
from torch import Tensor

from thermocline.diffusion.denoiser import CountingDenoiser
from thermocline.diffusion.gaussian import Gaussian
from thermocline.diffusion.guidance import Observation, make_guidance
from thermocline.diffusion.samplers import sample
from thermocline.diffusion.schedule import Schedule
from thermocline.diffusion.schedules import EDM, make_schedule

SHAPE = (1, 4, 8)
OBSERVED = (2, 9, 13, 22, 29)
ERROR = 0.2


class BalancedNoise:
    """Noise [2n, C, H, W] of `steps` transitions, in pairs ±ε, orthonormal over the members."""

    def __init__(self, shape: tuple[int, ...], steps: int, seed: int = 0):
        cells = int(torch.tensor(shape).prod())
        directions = cells * (steps + 1)
        rows = directions + directions // 8
        generator = torch.Generator().manual_seed(seed)
        white = torch.randn(rows, directions, generator=generator, dtype=torch.float64)
        self.half = torch.linalg.qr(white).Q * rows**0.5
        self.shape, self.cells = shape, cells

    def noise(self, step: int) -> Tensor:
        """ε of this step."""
        part = self.half[:, step * self.cells : (step + 1) * self.cells]
        return torch.cat([part, -part]).reshape(-1, *self.shape)


class Early(EDM):
    """Noise levels of a straight path t = σ/(1 + σ) walked as t ∝ (1 − k/N)^0.5."""

    def grid(self, steps: int, start: float | None = None) -> Tensor:
        high = self.sigma_max if start is None else float(start)
        left = torch.linspace(1, 0, steps + 1, dtype=torch.float64).sqrt()
        t = high / (1 + high) * left
        return t / (1 - t)


class ClosedForm:
    """Errors of sampled against exact posterior moments.

    Prior: cells on a 4 × 8 sheet, means up to 0.5, standard deviations 0.6 to 1.4,
    correlation exp(−distance/3). Five cells are observed with error 0.2.
    """

    def __init__(self, most_steps: int):
        self.most_steps = most_steps
        row, column = torch.meshgrid(
            torch.arange(4.0, dtype=torch.float64),
            torch.arange(8.0, dtype=torch.float64),
            indexing="ij",
        )
        place = torch.stack([row.flatten(), column.flatten()], dim=1)
        std = 1 + 0.4 * torch.sin(place[:, 1])
        covariance = torch.exp(-torch.cdist(place, place) / 3) * std[:, None] * std[None]
        mean = 0.5 * torch.cos(place[:, 0]).reshape(SHAPE)
        self.prior = Gaussian(mean, covariance)
        truth = self.prior.sample(1, torch.Generator().manual_seed(1))
        mask = torch.zeros(32, dtype=torch.bool)
        mask[list(OBSERVED)] = True
        error = torch.randn(truth.shape, generator=torch.Generator().manual_seed(2))
        self.observation = Observation(truth + ERROR * error, mask.reshape(1, *SHAPE), ERROR)
        self.posterior = self.prior.posterior(self.observation)

    @cached_property
    def noise(self) -> BalancedNoise:
        return BalancedNoise(SHAPE, self.most_steps)

    def score(self, pair: Pair, steps: int) -> tuple[int, dict[str, float]]:
        """Evaluations, and errors of the mean (in posterior standard deviations, root mean square)
        and of the covariance (relative, Frobenius norm). Without guidance the truth is the prior.
        """
        denoiser = CountingDenoiser(self.prior.denoiser)
        options = {"clip": None} if pair.guidance == "reconmost" else {}
        guidance = make_guidance(pair.guidance, **options)
        fields = sample(
            guidance(denoiser, self.observation),
            schedule_of(pair),
            (len(self.noise.half) * 2, *SHAPE),
            steps,
            self.noise,
            sampler=pair.sampler,
            guidance_step=guidance.step(self.observation),
        ).flatten(1)
        target = self.prior if pair.guidance == "none" else self.posterior
        mean = fields.mean(dim=0)
        covariance = (fields - mean).T @ (fields - mean) / len(fields)
        off = (mean - target.mean.flatten()) / target.covariance.diag().sqrt()
        missed = torch.linalg.norm(covariance - target.covariance)
        return denoiser.count, {
            "mean": float(off.square().mean().sqrt()),
            "covariance": float(missed / torch.linalg.norm(target.covariance)),
        }


def schedule_of(pair: Pair, sigma_min: float = 0.05, sigma_max: float = 20.0) -> Schedule:
    """EDM's, as `reconstruct` samples; but what was made for another schedule, on that.

    ReconMOST's steps are sized for the linear schedule's β; the residual shift has a chain of
    its own, here around a cheap field of zeros.
    """
    if pair.guidance == "reconmost":
        return make_schedule("linear")
    if pair.sampler == "residual_shift":
        return make_schedule("residual-shift")
    kind = Early if pair.early else EDM
    return kind(sigma_min=sigma_min, sigma_max=sigma_max)
