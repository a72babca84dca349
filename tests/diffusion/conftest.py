"""A small Gaussian world, and the exact moments of any sampler that is affine in it."""

from dataclasses import dataclass

import pytest
import torch

from thermocline.diffusion.gaussian import Gaussian
from thermocline.diffusion.guidance import Observation
from thermocline.diffusion.samplers import sample

SHAPE = (1, 2, 3)
SIZE = 6


class StreamNoise:
    """Independent noise for many samples at once."""

    def __init__(self, count, seed=0, shape=SHAPE):
        self.size, self.seed = (count, *shape), seed

    def noise(self, step):
        generator = torch.Generator().manual_seed(1000 * self.seed + step)
        return torch.randn(self.size, generator=generator, dtype=torch.float64)


class BasisNoise:
    """Unit vectors: row 1 + SIZE·k + i of the batch has noise only in cell i of draw k."""

    def __init__(self, draws):
        self.rows = 1 + SIZE * draws

    def noise(self, step):
        field = torch.zeros(self.rows, SIZE, dtype=torch.float64)
        first = 1 + SIZE * step
        if first < self.rows:
            field[first : first + SIZE] = torch.eye(SIZE, dtype=torch.float64)
        return field.reshape(-1, *SHAPE)


def exact_moments(denoiser, schedule, start, steps, **options):
    """Mean [6] and covariance [6, 6] of `sample`'s output from N(α μ, α² C + σ²) of `start`.

    With an affine denoiser a sampler is an affine map of the starting state and of each draw of
    noise, so that unit vectors recover it and no Monte-Carlo error enters.
    """
    grid = schedule.grid(steps)
    alpha, sigma = schedule.alpha(grid[0]), schedule.sigma(grid[0])
    covariance = alpha**2 * start.covariance + sigma**2 * torch.eye(SIZE, dtype=torch.float64)
    root = torch.linalg.cholesky(covariance)
    noise = BasisNoise(steps + 1)
    unit = noise.noise(0).flatten(1)
    x_start = (alpha * start.mean.flatten() + unit @ root.T).reshape(-1, *SHAPE)
    out = sample(denoiser, schedule, x_start, steps, noise, **options).flatten(1)
    mean, map_ = out[0], out[1:] - out[0]
    return mean, map_.T @ map_


@dataclass
class World:
    """A correlated prior, an observation of it, and both posteriors the tests need."""

    prior: Gaussian
    observation: Observation
    independent: Gaussian  # the same prior without its correlations

    shape = SHAPE
    noise = StreamNoise
    exact_moments = staticmethod(exact_moments)

    @staticmethod
    def misfit(mean, covariance, truth):
        """(largest |mean error| in standard deviations, relative Frobenius error of covariance)."""
        error = (mean - truth.mean.flatten()).abs() / truth.covariance.diag().sqrt()
        distance = torch.linalg.norm(covariance - truth.covariance)
        return float(error.max()), float(distance / torch.linalg.norm(truth.covariance))


@pytest.fixture(scope="session")
def world():
    generator = torch.Generator().manual_seed(3)
    mixing = torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64)
    covariance = mixing @ mixing.T / SIZE + 0.1 * torch.eye(SIZE, dtype=torch.float64)
    mean = torch.randn(SHAPE, generator=generator, dtype=torch.float64)
    nan = float("nan")
    y = torch.tensor([1.0, nan, -1.0, nan, 0.5, nan], dtype=torch.float64).reshape(1, *SHAPE)
    s_y = torch.tensor([0.3, nan, 0.1, nan, 0.5, nan], dtype=torch.float64).reshape(1, *SHAPE)
    return World(
        Gaussian(mean, covariance),
        Observation(y, torch.isfinite(y), s_y),
        Gaussian(mean, torch.diag(covariance.diag())),
    )
