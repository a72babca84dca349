"""Noise with the spatial correlation of the residual.

    z_t = α·z + σ·L ε,   ε white,   L Lᵀ ≈ the correlation of z between cells

The residual of an upsampling varies over a few cells, and little from one cell to the next. With
white noise its scales vanish one after another, over orders of magnitude of σ, and a sampler with
few steps does not recover them all: large scales come out too weak, and noise remains at small
ones. With noise of the same correlation all scales vanish at the same σ. D(z_t) ≈ E[z | z_t] and
the samplers do not change, since the transformation to white noise and back is linear.

L is a convolution with the kernel whose transfer function is the root of the power spectrum,

    k = F⁻¹ √F c,   c = the covariance at lags of up to `REACH` cells, tapered,

divided at the edges such that the variance is one everywhere.
"""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft
from torch import Tensor

from thermocline.diffusion.noise import Noise

REACH = 10
"""Largest lag, cells."""
MIN_POWER = 1e-5
"""Smallest power of a wave, relative to the largest."""
TORUS = 64
"""Cells on a side of the torus on which the kernel is computed."""


class NoiseCorrelation:
    """L. Without a quadrant it is the identity: noise stays white.

    Args:
        quadrant: the kernel at distances of 0 to R rows and columns, [R + 1][R + 1].
    """

    def __init__(self, quadrant: tuple[tuple[float, ...], ...] = ()):
        self.kernel: NDArray[np.float64] | None = None
        if quadrant:
            lag = np.abs(np.arange(1 - len(quadrant), len(quadrant)))
            kernel = np.array(quadrant)[np.ix_(lag, lag)]
            self.kernel = kernel / np.sqrt(np.sum(kernel**2))
        self._made: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}

    def __call__(self, white: Tensor) -> Tensor:
        """Correlated noise of variance one from white noise [B, 1, H, W]."""
        if self.kernel is None:
            return white
        (rows, columns), margin = white.shape[-2:], len(self.kernel) // 2
        if white.shape[-2:] not in self._made:
            self._made[white.shape[-2:]] = _response(self.kernel, rows, columns)
        response, std = self._made[white.shape[-2:]]
        size = response.shape[-2], 2 * response.shape[-1] - 2
        waves = torch.fft.rfft2(white, s=size)
        whole = torch.fft.irfft2(waves * response.to(waves), s=size)
        return whole[..., margin : margin + rows, margin : margin + columns] / std.to(white)


def _response(kernel: NDArray[np.float64], rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """The kernel's transform on a torus wide enough not to wrap, and the standard deviation [H, W].

    The torus has an even size, so that it is known from the size of the transform.
    """
    margin = len(kernel) // 2
    size = [2 * fft.next_fast_len(-(-(n + 2 * margin) // 2)) for n in (rows, columns)]
    response, squares, sea = (
        fft.rfft2(field, size) for field in (kernel, kernel**2, np.ones((rows, columns)))
    )
    variance = fft.irfft2(squares * sea, size)[margin : margin + rows, margin : margin + columns]
    return torch.from_numpy(response), torch.from_numpy(np.sqrt(variance))


class CorrelatedNoise:
    """A correlated `Noise` of one channel."""

    def __init__(self, white: Noise, correlation: NoiseCorrelation):
        self.white, self.correlation = white, correlation

    def noise(self, step: int) -> Tensor:
        """L ε [B, 1, H, W] of this step."""
        return self.correlation(self.white.noise(step))


def fit_noise_correlation(
    fields: Iterable[tuple[NDArray, NDArray]],
) -> tuple[tuple[float, ...], ...]:
    """The quadrant of the kernel, fitted to pairs of z [H, W] and sea mask.

    The covariance is assumed to be the same in both directions, north and east.
    """
    total, count = np.zeros((2, REACH + 3, REACH + 3))
    for z, sea in fields:
        total += _products(np.where(sea, z, 0))
        count += _products(sea)
    covariance = total / np.maximum(count, 0.5)
    power = spectrum((covariance + covariance.T) / 2)
    root = fft.ifft2(np.sqrt(np.maximum(power, MIN_POWER * power.max()))).real
    quadrant = root[: REACH + 1, : REACH + 1]
    return tuple(tuple(float(f"{v:.5g}") for v in row / quadrant[0, 0]) for row in quadrant)


def spectrum(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power [TORUS, TORUS] of the covariance at lags of 0 to `REACH` + 2 rows and columns.

    Tapering the covariance smooths the spectrum, and moves power from strong waves to weak ones: to
    short waves if applied directly, to long waves if applied to second differences. The smaller of
    both estimates is taken.
    """
    wave = np.arange(TORUS)
    lag = np.minimum(wave, TORUS - wave)
    whole = covariance[np.ix_(*[np.minimum(lag, REACH + 2)] * 2)]
    taper = np.where(lag <= REACH, np.cos(np.pi / 2 * lag / (REACH + 1)) ** 2, 0)
    differences = whole
    for _ in range(2):  # the covariance of ∇²z is ∇²∇² of that of z
        neighbours = (np.roll(differences, step, axis) for step in (-1, 1) for axis in (0, 1))
        differences = sum(neighbours, start=-4 * differences)
    gain = (
        2 * np.cos(2 * np.pi * wave / TORUS)[:, None] + 2 * np.cos(2 * np.pi * wave / TORUS) - 4
    ) ** 2
    direct, steep = (fft.fft2(c * np.outer(taper, taper)).real for c in (whole, differences))
    return np.minimum(direct, np.where(gain > 0, steep / np.where(gain > 0, gain, 1), np.inf))


def _products(field: NDArray) -> NDArray[np.float64]:
    """Sums of products of cells 0 to `REACH` + 2 rows and columns apart, in both directions."""
    shape = [fft.next_fast_len(size + REACH + 3, real=True) for size in field.shape]
    waves = fft.rfft2(field.astype(np.float64), shape)
    lags = fft.irfft2(np.abs(waves) ** 2, shape)
    rows = np.arange(REACH + 3)
    return (lags[rows] + lags[-rows])[:, : REACH + 3]
