"""Covariances of which a share β is not localised: L′ = (1 − β) L + β.

Localisation removes what too few states invent over long distances, and with it what is true
there: a warming of the whole ocean, or an El Niño. A small share that reaches everywhere brings it
back. The product of any covariance with L′ is a covariance again, and of the same variances.

    B Hᵀ = (1 − β)·(C ∘ L) Hᵀ + β·X X_Hᵀ / (n − 1)

with X the n states and X_H what they have in the observations' place. The second term has rank n at
most, so that it costs little even where the first would not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.library import StateLibrary
from thermocline.baselines.observed import Observed


@dataclass(frozen=True, eq=False)
class Everywhere:
    """The share c·X X_Hᵀ of B Hᵀ that reaches everywhere, c = γβ/(n − 1).

    Attributes:
        scale: c.
        weighted: X_Hᵀ S⁻¹ y [n].
        solved: S⁻¹ X_H [p, n].
        inner: X_Hᵀ S⁻¹ X_H [n, n].
    """

    scale: float
    weighted: NDArray[np.float64]
    solved: NDArray[np.float32]
    inner: NDArray[np.float32]

    @classmethod
    def of(
        cls, observed: Observed, share: float, weight: NDArray, inverse: NDArray[np.float32]
    ) -> "Everywhere":
        """For a share γβ, weights S⁻¹ y [p] and the inverse S⁻¹ [p, p]."""
        states = observed.states
        solved = inverse @ states
        return cls(share / (states.shape[1] - 1), states.T @ weight, solved, states.T @ solved)

    def mean(self, states: NDArray[np.float32]) -> NDArray[np.float64]:
        """What it adds to the mean of rows [v] whose states [v, n] these are."""
        return self.scale * (states @ self.weighted)

    def explained(
        self, states: NDArray[np.float32], near: NDArray[np.int64], local: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """The variance [v] that it explains beside the localised part alone.

        Args:
            states: of the rows [v, n].
            near: the observations that the localised part reaches [m].
            local: the localised part of B Hᵀ [v, m].
        """
        cross = np.einsum("vn,vn->v", local @ self.solved[near], states, dtype=np.float64)
        own = np.einsum("vn,vn->v", states @ self.inner, states, dtype=np.float64)
        return 2 * self.scale * cross + self.scale**2 * own


def increments_everywhere(
    library: StateLibrary, observed: Observed, weights: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Rows [D, V] of X X_Hᵀ w / (n − 1) for D weights [p], each computed by itself."""
    totals = [(observed.states.T @ weight).astype(np.float32) for weight in weights]
    rows = np.zeros((len(weights), library.layout.cell.size))
    for _, tile in library.layout.tiles:
        states = library.of_season(tile, observed.season)
        for row, total in zip(rows, totals, strict=True):
            row[tile] = states @ total
    return rows / (observed.states.shape[1] - 1)


def draw_everywhere(
    library: StateLibrary, observed: Observed, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One draw Σ ξ_k x_k / √(n − 1), ξ_k ~ N(0, 1): a state [V], and at the observations [p]."""
    count = observed.states.shape[1]
    noise = (rng.standard_normal(count) / np.sqrt(count - 1)).astype(np.float32)
    row = np.zeros(library.layout.cell.size)
    for _, tile in library.layout.tiles:
        row[tile] = library.of_season(tile, observed.season) @ noise
    return row, (observed.states @ noise).astype(np.float64)
