"""An unknown, smooth offset of the mean state from that of the training states.

    b ~ N(0, σ_c σ_c′ exp(−½ (d/ℓ)²) exp(−|c − c′| / r))

between levels c, c′ of columns a chord d apart, the same in every month of a request. σ_c is the
spread of the training runs' own means about their common one, times a factor that is tuned on runs
that are left out. A covariance this smooth has few modes, M Mᵀ:

    M = F ⊗ G,    F Fᵀ = exp(−½ (d/ℓ)²),    G Gᵀ = σ σᵀ ∘ exp(−|c − c′| / r)
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.layout import Layout
from thermocline.baselines.common.localisation import chord
from thermocline.baselines.ensemble.localised import correlation_root
from thermocline.errors import BadData

LENGTH_KM = 6000.0
LEVELS = 3.0
TOLERANCE = 0.01
"""Variance that the modes may leave out; the rest is scaled up."""


@dataclass(frozen=True)
class MeanState:
    """Spread of the offset by level, in standard deviations of the climate, and its reach.

    Attributes:
        std: σ_c [C].
        length_km: ℓ.
        levels: r.
    """

    std: tuple[float, ...]
    length_km: float = LENGTH_KM
    levels: float = LEVELS

    def __post_init__(self) -> None:
        object.__setattr__(self, "std", tuple(self.std))
        if min(self.std, default=0) < 0 or self.length_km <= 0 or self.levels <= 0:
            raise BadData(f"{self}", where="mean state", fix="give spreads ≥ 0 and reaches > 0")

    def scaled(self, factor: float) -> "MeanState":
        """With so many times the spread."""
        return MeanState(tuple(factor * s for s in self.std), self.length_km, self.levels)

    def as_parameters(self) -> dict[str, Any]:
        """For a file; `MeanState(**…)` reads it."""
        return asdict(self)


class Modes:
    """The modes of an offset on the columns of a layout."""

    def __init__(self, offset: MeanState, layout: Layout):
        if len(offset.std) != layout.shape[0]:
            raise BadData(
                f"spreads of {len(offset.std)} levels for {layout.shape[0]}", where="mean state"
            )
        length = offset.length_km * 1e3
        smooth = lambda a, b: np.exp(-0.5 * (chord(a, b) / length) ** 2)
        self.across = correlation_root(layout.point, smooth, TOLERANCE)
        level, std = np.arange(len(offset.std)), np.array(offset.std)
        between = np.exp(-np.abs(np.subtract.outer(level, level)) / offset.levels)
        self.down = np.linalg.cholesky(between).astype(np.float32) * std[:, None].astype(np.float32)
        self.variance = std**2

    def rows(self, column: NDArray[np.int64], level: NDArray[np.int64]) -> NDArray[np.float32]:
        """M [v, m] of rows, by their water column and level [v]."""
        both = self.across[column][:, :, None] * self.down[level][:, None, :]
        return both.reshape(len(column), both.shape[1] * both.shape[2])


def spread_of_means(states: NDArray, run: NDArray[np.int64]) -> NDArray[np.float64]:
    """Root mean square [C] of the runs' own means about the common one, at sea.

    Args:
        states: anomalies [N, C, H, W], 0 on land.
        run: number of the run each state is of [N]. A single run says nothing: zeros.
    """
    means = np.stack([states[run == each].mean(axis=0) for each in np.unique(run)])
    means -= means.mean(axis=0)
    sea = (states != 0).any(axis=0)
    count = np.maximum(sea.sum(axis=(1, 2)), 1) * max(len(means) - 1, 1)
    return np.asarray(np.sqrt((means**2).sum(axis=(0, 2, 3)) / count), np.float64)
