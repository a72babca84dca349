"""The increment B Hᵀ w of weighted observations, without forming B Hᵀ.

L depends on water columns alone, so that the sum over the observations p of a column q comes first:

    (B Hᵀ w)(v) = γ/(n − 1) · Σ_k x_k(v) · Σ_q L(c(v), q) · Σ_{p in q} x_k(p) w_p

with c(v) the column of cell v and x_k the n states (at an observation p of another month, what
follows x_k then). For a dozen levels and a few vectors w this
takes a tenth of the time and of the memory of B Hᵀ itself, and is the same but for rounding. With
a single level nothing is saved, and B Hᵀ is made once for all w.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.common.observed import Observed
from thermocline.baselines.ensemble.library import StateLibrary


def increments(
    library: StateLibrary,
    observed: Observed,
    radius_km: float,
    weights: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Rows [D, V] of B Hᵀ w (with γ = 1) for D weights [p], each computed by itself.

    A row does not depend, to the bit, on which other weights are given.
    """
    rows = np.zeros((len(weights), library.layout.cell.size))
    if not len(observed):
        return rows
    if library.layout.shape[0] == 1:
        for each in library.tiles(observed, radius_km):
            gain = gaspari_cohn(each.distance, radius_km * 1e3)[each.expand] * each.covariance
            for row, weight in zip(rows, weights, strict=True):
                row[each.rows] = gain @ weight[each.near]
        return rows
    sums = [_by_column(observed, weight) for weight in weights]
    seen = library.layout.point[observed.columns]
    for columns, tile in library.layout.tiles:
        distance = arc(library.layout.point[columns], seen)
        near = np.flatnonzero(np.any(distance < radius_km * 1e3, axis=0))
        local = gaspari_cohn(distance[:, near], radius_km * 1e3).astype(np.float32)
        column = library.layout.column[tile] - columns.start
        first = 0
        for season in observed.season:
            last = first + season.stop - season.start
            states = library.states[tile, season]
            for row, total in zip(rows, sums, strict=True):
                reached = local @ total[near, first:last]
                row[tile] += np.einsum("vk,vk->v", states, reached[column])
            first = last
    return rows / (observed.states.shape[1] - 1)


def _by_column(observed: Observed, weight: NDArray[np.float64]) -> NDArray[np.float32]:
    """Σ_{p in q} x_k(p) w_p, [q, n]."""
    first = np.flatnonzero(np.diff(observed.column, prepend=-1))
    return np.add.reduceat(observed.states * weight[:, None], first, axis=0).astype(np.float32)
