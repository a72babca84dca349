"""The ten scores of a super-resolution as UADM's authors compute them (their public code, 2025).

They are of one image each, averaged over images, and differ from `images` and `metrics`:

- cells are not weighted by area;
- R² is taken column by column and averaged, with *the estimate* in the truth's role;
- PSNR has the highest value of either image as its peak (in °C: it changes with the unit);
- SSIM has no window: one mean, variance and covariance of the whole image, and C₁ = C₂ = 0.001;
- gradients are differences per cell, `np.gradient`, without distances: |∇T| in K per cell.

Land is left out here (their patches have none): a column counts if it has two cells of sea. Their
code writes the gradients over the images it was given, so that of its five gradient scores, each
after the first is of gradients of gradients; here all five are of the gradient.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData

NAMES = ("rmse", "absolute_bias", "r2", "psnr", "ssim")
SCORES = (*NAMES, *(f"gradient_{name}" for name in NAMES))
"""What `published_scores` returns, in its order."""

EPSILON = 1e-8


def published_scores(
    estimate: NDArray, truth: NDArray, ocean: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The scores `SCORES` of one image.

    Args:
        estimate, truth: [H, W], °C; what stands on land is not read.
        ocean: where there is sea [H, W].

    Returns:
        [10]: RMSE and |bias| in °C, R², PSNR in dB, SSIM; then those of |∇T|, in K per cell.

    Raises:
        BadData: if there is no sea.
    """
    if not ocean.any():
        raise BadData("no cell to score: there is no sea", where="published scores")
    pair = [np.where(ocean, field, np.nan).astype(np.float64) for field in (estimate, truth)]
    steep = [_gradient_magnitude(field) for field in pair]
    both = np.isfinite(steep[1])
    return np.array([*_five(pair[0], pair[1], ocean), *_five(steep[0], steep[1], both)])


def _five(x: NDArray, y: NDArray, ocean: NDArray[np.bool_]) -> list[float]:
    a, b = x[ocean], y[ocean]
    if a.size == 0:
        return [float("nan")] * len(NAMES)
    mse = np.mean((a - b) ** 2)
    peak = max(a.max(), b.max())
    covariance = np.mean((a - a.mean()) * (b - b.mean()))
    c = 0.001
    ssim = (2 * a.mean() * b.mean() + c) * (2 * covariance + c)
    ssim /= (a.mean() ** 2 + b.mean() ** 2 + c) * (a.var() + b.var() + c) + EPSILON
    psnr = 10 * np.log10(peak**2 / (mse + EPSILON))
    return [float(np.sqrt(mse)), abs(float(np.mean(a - b))), _r2(x, y, ocean), psnr, float(ssim)]


def _r2(estimate: NDArray, truth: NDArray, ocean: NDArray[np.bool_]) -> float:
    """Mean of the columns' R² about the estimate's mean; a constant column has 1 or 0."""
    found = []
    for x, y, wet in zip(estimate.T, truth.T, ocean.T, strict=True):
        if wet.sum() < 2:
            continue
        error, spread = np.sum((x[wet] - y[wet]) ** 2), np.sum((x[wet] - x[wet].mean()) ** 2)
        found.append(1 - error / spread if spread > 0 else float(error == 0))
    return float(np.mean(found)) if found else float("nan")


def _gradient_magnitude(field: NDArray) -> NDArray[np.float64]:
    """|∇| per cell; NaN on land and beside it, since a centred difference needs both neighbours."""
    north, east = np.gradient(field)
    return np.where(np.isfinite(field), np.hypot(north, east), np.nan)
