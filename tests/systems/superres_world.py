"""A small sea of Gaussian random temperature, its blocks, and networks that know the answer."""

import numpy as np
import torch
from torch import nn

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.latlon import LatLonGrid
from thermocline.systems.superres.config import SuperresConfig

FACTOR = 5
SMALL = {
    "network": {"width": 8, "multipliers": [1, 2], "embedding": 16},
    "training": {
        "steps": 12, "batch": 4, "warmup": 2, "crop": 3, "checkpoint_every": 4,
        "validate_every": 4, "ema": 0.5,
    },
    "sampling": {"members": 3},
}  # fmt: skip


def settings(**sections):
    """The smallest configuration, with sections changed: `training={"steps": 3}`."""
    values = {**SMALL, **{name: value for name, value in sections.items()}}
    for name, part in SMALL.items():
        if isinstance(values.get(name), dict):
            values[name] = {**part, **values[name]}
    return SuperresConfig.model_validate(values)


def box(rows, columns, step=0.25, south=-44.0):
    """A grid of so many blocks."""
    lat = south + step * (np.arange(rows * FACTOR) + 0.5)
    lon = 148 + step * (np.arange(columns * FACTOR) + 0.5)
    return LatLonGrid(lat, lon)


def coarse(truth, grid, s_y=1e-3, ocean=None, noise=None, case=""):
    """The problem of a fine field [H, W], °C."""
    ocean = np.ones(truth.shape, bool) if ocean is None else ocean
    value = block_mean(np.where(ocean, truth, np.nan), grid.cell_area(), FACTOR)
    given = np.isfinite(value)
    if noise is not None:
        value = value + s_y * noise
    error = np.where(given, s_y, 1.0).astype(np.float32)
    date = np.datetime64("2008-03-14")
    return LowResolution(value.astype(np.float32), error, ocean, grid, FACTOR, date, case=case)


def covariance(grid, std=1.0, reach=0.8):
    """exp(−(d/reach)²/2)·std² of the grid's cells, d in degrees, [n, n]."""
    lat, lon = (axis.ravel() for axis in np.meshgrid(grid.latitude, grid.longitude, indexing="ij"))
    square = (lat[:, None] - lat) ** 2 + (lon[:, None] - lon) ** 2
    return std**2 * np.exp(-square / reach**2 / 2) + 1e-4 * np.eye(lat.size)


def pairs(count, rows=3, columns=4, seed=0, land=True):
    """Problems and truths (NaN on land) of random seas at 15 °C."""
    grid, rng = box(rows, columns), np.random.default_rng(seed)
    root = np.linalg.cholesky(covariance(grid))
    ocean = np.ones(grid.shape, bool)
    if land:
        ocean[:4, :6] = False
        ocean[:5, :5] = False  # a whole block
    made = []
    for k in range(count):
        truth = 15 + (root @ rng.standard_normal(len(root))).reshape(grid.shape)
        problem = coarse(truth, grid, ocean=ocean, case=f"test/{k}")
        made.append((problem, np.where(ocean, truth, np.nan).astype(np.float32)))
    return made


class Exact(nn.Module):
    """F of the exact denoiser of z ~ N(μ, Σ) under noise of covariance N, preconditioned as EDM's.

    With N = R Rᵀ and R⁻¹ Σ R⁻ᵀ = V Λ Vᵀ:  D = μ + R V Λ (Λ + r²)⁻¹ Vᵀ R⁻¹ (z_t/α − μ),  r = σ/α.
    """

    patch, divisor = FACTOR, FACTOR

    def __init__(self, mean, sigma, noise, shape):
        super().__init__()
        self.anchor = nn.Parameter(torch.zeros(1))
        self.mean, self.shape = torch.from_numpy(mean), shape
        root = np.linalg.cholesky(noise)
        white = np.linalg.solve(root, np.linalg.solve(root, sigma).T)
        values, vectors = np.linalg.eigh((white + white.T) / 2)
        self.values = torch.from_numpy(values).clamp(min=0)
        self.into = torch.from_numpy(vectors.T @ np.linalg.inv(root))
        self.back = torch.from_numpy(root @ vectors)

    def forward(self, x, c_noise, fields):
        h, w = self.shape
        ratio = torch.exp(4 * c_noise.double())[:, None]
        x_in = x[:, 0, :h, :w].double().reshape(len(x), -1)
        state = x_in * torch.sqrt(1 + ratio**2)  # z_t/α
        gain = self.values / (self.values + ratio**2)
        z = self.mean + ((state - self.mean) @ self.into.T * gain) @ self.back.T
        answer = (z - state / (1 + ratio**2)) * torch.sqrt(1 + ratio**2) / ratio
        wide = torch.zeros_like(x)
        wide[:, 0, :h, :w] = answer.reshape(-1, h, w).to(x)
        return wide


def shaken(network, seed=0):
    """A network with no weight at zero, which says something of everything."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return network.eval().requires_grad_(False)
