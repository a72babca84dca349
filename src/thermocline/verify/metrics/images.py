"""How alike two fields are as images: R², PSNR and SSIM, over sea alone.

    R²   = 1 − Σ w (x̂ − x)² / Σ w (x − x̄)²
    PSNR = 10 log₁₀ (L² / mean squared error)                                            dB
    SSIM = (2 μ μ̂ + C₁)(2 κ + C₂) / ((μ² + μ̂² + C₁)(σ² + σ̂² + C₂)),  C = (0.01 L)², (0.03 L)²

with means, variances and the covariance κ under a Gaussian window of 11 × 11 cells, σ 1.5 cells
(Wang et al., 2004, IEEE Trans. Image Process.). The window is cut to the sea and to the field and
normalised anew, so that no value has to be put on land; a window counts if half of its weight is
left. L, the range of the values, is the truth's own (highest − lowest over the sea): an all-ocean
range such as 40 °C makes C₂ larger than the variance of most windows, and all fields alike.

These are the definitions of every scoreboard; those of a publication are its system's.
"""

import numpy as np
from numpy.typing import NDArray

RADIUS, SIGMA = 5, 1.5
"""Of the window, in cells."""

LEAST_RANGE, LEAST_GRADIENT = 1e-3, 1e-5
"""The least L, in °C and K/km: without one, a constant truth has no scale to be alike on."""


def value_range(truth: NDArray, ocean: NDArray[np.bool_], least: float = LEAST_RANGE) -> float:
    """L: highest − lowest value of [..., H, W] over the sea, at least `least`."""
    return max(float(np.ptp(truth[ocean])), least)


def psnr(mean_square_range: float, mse: float) -> float:
    """Peak signal-to-noise ratio, dB, from the mean of L² and the mean squared error."""
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.divide(mean_square_range, mse)))


def r_squared(mean: float, mean_square: float, mse: float) -> float:
    """R² from the (weighted) mean and mean square of the truth and the mean squared error.

    1 for no error, 0 for an error as large as the truth's variance; NaN for a constant truth.
    """
    variance = mean_square - mean**2
    return 1 - mse / variance if variance > 0 else float("nan")


def ssim(
    estimate: NDArray, truth: NDArray, ocean: NDArray[np.bool_], data_range: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """SSIM of the window around every cell, and which cells count.

    Args:
        estimate, truth: [H, W]; what stands on land is not read.
        ocean: where there is sea [H, W].
        data_range: L, in the fields' unit.

    Returns:
        SSIM [H, W], 0 where it does not count; and the sea cells whose window keeps at least half
        of its weight [H, W].
    """
    share = _window(ocean.astype(np.float64))
    counted = ocean & (share >= 0.5)
    scale = np.where(counted, share, 1.0)
    # About a mean of their own, since variances come from differences of squares.
    offset = float(truth[ocean].mean()) if ocean.any() else 0.0
    x, y = (np.where(ocean, f.astype(np.float64) - offset, 0.0) for f in (estimate, truth))
    mean_x, mean_y = _window(x) / scale, _window(y) / scale
    variance = (_window(x * x) + _window(y * y)) / scale - mean_x**2 - mean_y**2
    covariance = _window(x * y) / scale - mean_x * mean_y
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_x, mean_y = mean_x + offset, mean_y + offset
    alike = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    alike *= (2 * covariance + c2) / (variance + c2)
    return np.where(counted, alike, 0.0), counted


def _window(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums under the window; there is nothing outside the field."""
    from scipy.ndimage import correlate1d

    weight = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    weight /= weight.sum()
    for axis in (0, 1):
        field = correlate1d(field, weight, axis=axis, mode="constant")
    return field
