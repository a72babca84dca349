"""What forecasts of observations that were left out are worth, by level.

With m and v the mean and the variance of a forecast of the departure y, a neighbouring level
counting e⁻¹ as much, and each group of observations once,

    t = (Σ m y / v + n) / (Σ m² / v + n),   σ² = (Σ (y − t m)² / v + n) / (Σ 1 + n)

t is the regression of y on m, and σ how many times the errors are as large as stated; n is how much
the forecaster's own word, t = σ = 1, counts. t stays within 0 and 1.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.trust.left_out import Forecast

Array = NDArray[np.float64]

WORD = 10.0
"""n."""


def worth(
    y: Array,
    forecast: Forecast,
    level: NDArray[np.int64],
    levels: int,
    group: NDArray[np.int64],
    word: float = WORD,
) -> tuple[Array, Array]:
    """t and σ, each [levels].

    Args:
        y: departures [p].
        level, group: of each [p].
        word: n.
    """
    _, which = np.unique(level * (group.max(initial=0) + 1) + group, return_inverse=True)
    vote = 1 / np.bincount(which)[which]  # a group counts once at each level
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels)))
    near = np.exp(-apart.astype(float))
    by_level = lambda values: near @ np.bincount(level, vote * values, levels)
    product = by_level(forecast.mean * y / forecast.variance)
    square = by_level(forecast.mean**2 / forecast.variance)
    weight = np.clip((product + word) / (square + word), 0, 1)
    error = (y - weight[level] * forecast.mean) ** 2 / forecast.variance
    count = by_level(np.ones(len(y)))
    return weight, np.sqrt((by_level(error) + word) / (count + word))
