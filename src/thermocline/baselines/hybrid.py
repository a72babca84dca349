"""The part of a covariance that is not localised: E Eᵀ, of few columns.

    B = γ (1 − β) C ∘ L + E Eᵀ,     E = [√(γβ/(n − 1)) X,  M]

Localisation removes what too few states invent over long distances, and with it what is true
there: a warming of the whole ocean, or an El Niño. A small share β of the covariance of the n
states X that reaches everywhere brings it back; M are the modes of an unknown offset of the mean
state (see `mean_state`). E has few columns, so that E Eᵀ costs little where C ∘ L would not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Everywhere:
    """What the observations say by the part that reaches everywhere.

    Attributes:
        weighted: E_Hᵀ S⁻¹ y [m], E_H [p, m] being E in the observations' place.
        solved: S⁻¹ E_H [p, m].
        inner: E_Hᵀ S⁻¹ E_H [m, m].
    """

    weighted: NDArray[np.float64]
    solved: Rows
    inner: Rows

    @classmethod
    def of(cls, seen: Rows, weight: NDArray, inverse: Rows) -> "Everywhere":
        """For E_H [p, m], weights S⁻¹ y [p] and the inverse S⁻¹ [p, p]."""
        solved = inverse @ seen
        return cls(seen.T @ weight, solved, seen.T @ solved)

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
        return 2 * cross + np.einsum("vm,vm->v", rows @ self.inner, rows, dtype=np.float64)


def totals(seen: Rows, weights: Sequence[NDArray[np.float64]]) -> NDArray[np.float32]:
    """E_Hᵀ w [D, m] for D weights [p], each computed by itself."""
    return np.array([seen.T @ weight for weight in weights], np.float32)
