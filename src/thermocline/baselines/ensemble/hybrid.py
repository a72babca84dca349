"""The part of a covariance that is not localised: E Eᵀ, of few columns.

    B = γ (1 − β) C ∘ L + E Eᵀ,     E = [√(γβ/(n − 1)) X,  M]

Localisation removes spurious long-range covariances of a small ensemble, and with them the real
ones: a warming of the whole ocean, or an El Niño. A small share β of the unlocalised covariance of
the n states X restores them; M are the modes of an unknown offset of the mean
state (see `mean_state`). E has few columns, so that E Eᵀ costs little where C ∘ L would not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import half, quadratic
from thermocline.baselines.common.observed import Observed
from thermocline.baselines.ensemble.draws import Draws
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.mean_state import Modes

Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Unlocalised:
    """E of a library, computed by rows where needed.

    Attributes:
        share: γβ.
        modes: M; none if the mean state is taken to be known.
    """

    library: StateLibrary
    share: float
    modes: Modes | None

    def __bool__(self) -> bool:
        return self.share > 0 or self.modes is not None

    def rows(self, rows: slice, observed: Observed) -> Rows:
        """E [v, m] of some rows of the library."""
        parts = []
        if self.share:
            parts.append(self._scaled(self.library.of_season(rows, observed.season)))
        if self.modes is not None:
            column, level = self.library.layout.column[rows], self.library.level[rows]
            parts.append(self.modes.rows(column, level))
        return np.concatenate(parts, axis=1)

    def seen(self, observed: Observed) -> Rows:
        """E_H [p, m], in the observations' place."""
        parts = [np.zeros((len(observed), 0), np.float32)]
        if self.share:
            parts.append(self._scaled(observed.states))
        if self.modes is not None:
            column, level = observed.columns[observed.column], self.library.level[observed.row]
            parts.append(self.modes.rows(column, level))
        return np.concatenate(parts, axis=1)

    def increments(self, observed: Observed, weights: Sequence[NDArray]) -> NDArray[np.float64]:
        """E E_Hᵀ w [D, V] for D weights [p], each computed by itself."""
        found = np.zeros((len(weights), self.library.layout.cell.size))
        seen = self.seen(observed)
        totals = [(seen.T @ weight).astype(np.float32) for weight in weights]
        for _, tile in self.library.layout.tiles:
            own = self.rows(tile, observed)
            for row, total in zip(found, totals, strict=True):
                row[tile] = own @ total
        return found

    def draw(self, observed: Observed, members: Sequence[int], seed: int, coupling: float) -> Draws:
        """Draws from N(0, E Eᵀ ∘ V): [M, V], and at observations [M, p].

        Args:
            coupling: κ; V is κⁿ between levels that are n apart.
        """
        rows = np.zeros((len(members), self.library.layout.cell.size))
        at, level = self.seen(observed), self.library.level
        noise = [self._noise(at.shape[1], seed, k, coupling) for k in members]
        seen = np.array([_product(at, each, level[observed.row]) for each in noise], np.float64)
        for _, tile in self.library.layout.tiles:
            own = self.rows(tile, observed)
            for row, each in zip(rows, noise, strict=True):
                row[tile] = _product(own, each, level[tile])
        return rows, seen.reshape(len(members), len(observed))

    def _noise(self, size: int, seed: int, member: int, coupling: float) -> Rows:
        """[m] for all levels; or, where they are not wholly coupled, of each level [C, m]."""
        rng = np.random.default_rng([seed, 5, member])
        common = rng.standard_normal(size, dtype=np.float32)
        if coupling == 1:
            return common
        noise = np.empty((self.library.layout.shape[0], size), np.float32)
        noise[0] = common
        for level in range(1, len(noise)):
            own = rng.standard_normal(size, dtype=np.float32)
            noise[level] = coupling * noise[level - 1] + np.sqrt(1 - coupling**2) * own
        return noise

    def _scaled(self, states: Rows) -> Rows:
        return states * np.float32(np.sqrt(self.share / (states.shape[1] - 1)))


def _product(rows: Rows, noise: Rows, level: NDArray[np.int64]) -> NDArray:
    """Rows [v, m] of levels [v] times noise [m], or that of each one's level."""
    return rows @ noise if noise.ndim == 1 else np.einsum("vm,vm->v", rows, noise[level])


@dataclass(frozen=True, eq=False)
class Everywhere:
    """What the observations say by the part that reaches everywhere.

    Attributes:
        weighted: E_Hᵀ S⁻¹ y [m], E_H [p, m] being E in the observations' place.
        solved: S⁻¹ E_H [p, m].
        inner: T [m, m] of E_Hᵀ S⁻¹ E_H = T + Tᵀ.
    """

    weighted: NDArray[np.float64]
    solved: Rows
    inner: Rows

    @classmethod
    def of(cls, seen: Rows, weight: NDArray, inverse: Rows) -> "Everywhere":
        """For E_H [p, m], weights S⁻¹ y [p] and the inverse S⁻¹ [p, p]."""
        solved = inverse @ seen
        return cls(seen.T @ weight, solved, half(seen.T @ solved))

    def mean(self, rows: Rows) -> NDArray[np.float64]:
        """What it adds to the mean of rows of E [v, m]."""
        return rows @ self.weighted

    def explained(self, rows: Rows, near: NDArray[np.int64], local: Rows) -> NDArray[np.float64]:
        """The variance [v] that it explains beside the localised part alone.

        Args:
            rows: of E [v, m].
            near: the observations that the localised part reaches [q].
            local: the localised part of B Hᵀ [v, q].
        """
        cross = np.einsum("vm,vm->v", local @ self.solved[near], rows, dtype=np.float64)
        return 2 * cross + quadratic(rows, self.inner)
