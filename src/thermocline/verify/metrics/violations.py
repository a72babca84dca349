"""Are states possible? Values within their bounds, and nothing where there is no ice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData


@dataclass(frozen=True, eq=False)
class Violations:
    """How many cells break a rule, by variable, over all states.

    Attributes:
        below, above: cells outside the bounds [V].
        nonzero: cells [V] that are not exactly 0 where they must be.
        missing: cells [V] without a finite value at sea.
        cells: sea cells in all, of one variable.
    """

    below: NDArray[np.int64]
    above: NDArray[np.int64]
    nonzero: NDArray[np.int64]
    missing: NDArray[np.int64]
    cells: int

    @property
    def total(self) -> int:
        """Broken rules of all kinds and variables; 0 for states that are possible."""
        return int(sum(part.sum() for part in (self.below, self.above, self.nonzero, self.missing)))


def violations(
    states: NDArray,
    lower: ArrayLike,
    upper: ArrayLike,
    zero_where: NDArray[np.bool_],
    ocean: NDArray[np.bool_],
) -> Violations:
    """Count the cells of states [N, V, H, W] that cannot be.

    Args:
        lower: bound of each variable [V], in its unit; −∞ for none. The bound itself is allowed.
        upper: the same; ∞ for none.
        zero_where: [N, H, W], where every variable must be exactly 0: no ice has no thickness, no
            damage and no drift. States that were rounded must have been rounded before.
        ocean: where there is sea [H, W]; what stands on land is not read.

    Raises:
        BadData: if the shapes do not belong together.
    """
    low, high = (np.asarray(b, np.float64)[:, None] for b in (lower, upper))
    count, variables = states.shape[:2]
    if not low.shape == high.shape == (variables, 1) or zero_where.shape != (
        count,
        *states.shape[2:],
    ):
        raise BadData(
            f"states {states.shape} with {low.size} and {high.size} bounds and a mask of "
            f"{zero_where.shape}",
            where="violations",
            fix="give bounds [V] and a mask [N, H, W] of states [N, V, H, W]",
        )
    values, zero = states[..., ocean], zero_where[..., ocean][:, None]
    missing = ~np.isfinite(values)
    below, above, nonzero = (
        (broken & ~missing).sum(axis=(0, 2))
        for broken in (values < low, values > high, zero & (values != 0))
    )
    return Violations(below, above, nonzero, missing.sum(axis=(0, 2)), count * int(ocean.sum()))
