"""The skill of forecasts of left-out observations, by level: weight and spread factor.

Of each departure y a forecast has the mean m, and v = d² + e²: the variance d² of what is forecast,
and e² of the observation's error. With a neighbouring level counting e⁻¹ as much, and each group of
observations once,

    t = (Σ m y / v + n) / (Σ m² / v + n)

is the regression of y on m, within 0 and 1; n is the weight of the prior estimate
t = σ = 1. The residual r = y − t m has the variance σ² d² + ρ e², of which an answer states σ d
alone, and σ cannot be told from ρ where errors are large. With deviation and errors understated
alike, ρ = σ², and with errors of none, ρ = 0, by least squares on r² (whose variance goes with v²,
so that w = d²/v),

    c = (Σ r² / v + n) / (Σ 1 + n),      s = (Σ w² r² / d² + n) / (Σ w² + n)

and σ² = max(c, min(s, 1)): departures that are too large widen the forecast; those that are too
small speak of errors that are overstated before they speak of a forecast better than it says.
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
    error: Array,
    level: NDArray[np.int64],
    levels: int,
    group: NDArray[np.int64],
    word: float = WORD,
) -> tuple[Array, Array]:
    """t and σ, each [levels].

    Args:
        y: departures [p].
        error: e² of each [p], which the forecast's variance v has in it.
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
    share = np.clip(1 - error / forecast.variance, 0, 1)
    left = (y - weight[level] * forecast.mean) ** 2 / forecast.variance
    alike = (by_level(left) + word) / (by_level(np.ones(len(y))) + word)
    exact = (by_level(share * left) + word) / (by_level(share**2) + word)
    return weight, np.sqrt(np.maximum(alike, np.minimum(exact, 1)))
