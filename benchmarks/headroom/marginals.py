"""Skewness and excess kurtosis of anomalies by depth, beside those of Gaussian series as long.

Moments are each cell's over time, averaged by area; intervals are the jackknife's over years (of
which a bootstrap would repeat some, and so exaggerate both moments). Few and dependent months bias
them too: so each is read beside phase-randomised series (Theiler et al., 1992),
which are Gaussian but share every spectrum and cross-spectrum of the data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

LEAST_STD = 0.05
"""Cells that vary less, in standard deviations, once any year is left out, do not count."""


@dataclass(frozen=True)
class Marginal:
    """Of each level [C]: an estimate, half its 95 % interval, and what a Gaussian ocean has."""

    estimate: NDArray
    half: NDArray
    gaussian: NDArray


def marginals(
    series: NDArray, area: NDArray, ocean: NDArray, rng: np.random.Generator, twins: int = 5
) -> dict[str, Marginal]:
    """`skewness` (its size) and `kurtosis` of series [T, C, H, W], T whole years of months."""
    years = len(series) // 12
    x, level = series[:, ocean], np.nonzero(ocean)[0]
    x = x - x.mean(axis=0)
    powers = np.stack([mean_powers(year) for year in x.reshape(years, 12, -1)])
    total = powers.sum(axis=0)
    spared = (total - powers) / (years - 1)
    varies = (spared[:, 1] - spared[:, 0] ** 2).min(axis=0) > LEAST_STD**2
    weight = np.broadcast_to(area, ocean.shape)[ocean] * varies
    estimate = shape(total / years, weight, level)
    without = np.stack([shape(each, weight, level) for each in spared])
    error = np.sqrt((years - 1) * without.var(axis=0))
    gaussian = [shape(mean_powers(randomised(x, rng)), weight, level) for _ in range(twins)]
    return {
        name: Marginal(estimate[i], 1.96 * error[i], np.mean(gaussian, axis=0)[i])
        for i, name in enumerate(("skewness", "kurtosis"))
    }


def mean_powers(x: NDArray) -> NDArray[np.float64]:
    """E x, E x², E x³, E x⁴ over the first axis of [T, V], as [4, V]."""
    square = x * x
    return np.stack([p.mean(axis=0, dtype=np.float64) for p in (x, square, square * x, square**2)])


def shape(powers: NDArray, weight: NDArray, level: NDArray) -> NDArray[np.float64]:
    """Mean size of the skewness and mean excess kurtosis of each level, [2, C], from [4, V]."""
    m1, m2, m3, m4 = powers
    variance = np.where(weight > 0, m2 - m1**2, 1)
    third = m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    parts = np.abs(third) / variance**1.5, fourth / variance**2 - 3
    area = np.bincount(level, weight)
    return np.stack([np.bincount(level, weight * part) / area for part in parts])


def randomised(series: NDArray, rng: np.random.Generator) -> NDArray:
    """Series [T, …] with the same spectra and cross-spectra but random phases."""
    modes = fft.rfft(series, axis=0)
    phase = np.exp(2j * np.pi * rng.random(len(modes))).astype(modes.dtype)
    phase[0] = 1
    if len(series) % 2 == 0:  # the highest frequency is real
        phase[-1] = rng.choice([-1, 1])
    modes *= phase.reshape(-1, *[1] * (series.ndim - 1))
    return fft.irfft(modes, n=len(series), axis=0)
