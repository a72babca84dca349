"""Draws from N(0, B) with B = X Xᵀ/(n − 1) ∘ L, without forming B.

    x = Σ_k ξ_k ∘ x_k / √(n − 1),    ξ_k ~ N(0, L) independent of each other

has E[x xᵀ] = B exactly. Each ξ_k is one value a water column, from L = F Fᵀ: the pivoted Cholesky
decomposition of a correlation this smooth ends after a few hundred columns.
"""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.common.observed import Observed
from thermocline.baselines.ensemble.library import StateLibrary

TOLERANCE = 0.01
"""Variance of ξ that F may leave out at any column; the rest is scaled up to 1."""

_ONE_AT_A_TIME = Lock()


def localisation_root(
    points: NDArray, radius_km: float, tolerance: float = TOLERANCE
) -> NDArray[np.float32]:
    """F [Q, r], read-only, with F Fᵀ ≈ L for unit vectors [Q, 3], rows of length one.

    It takes seconds, and methods of one grid share it: a few are kept, and made one at a time.
    """
    with _ONE_AT_A_TIME:
        return _localisation_root(points.astype(np.float64).tobytes(), radius_km, tolerance)


@lru_cache(maxsize=4)
def _localisation_root(points: bytes, radius_km: float, tolerance: float) -> NDArray[np.float32]:
    local = lambda a, b: gaspari_cohn(arc(a, b), radius_km * 1e3)
    root = correlation_root(np.frombuffer(points).reshape(-1, 3), local, tolerance)
    root.flags.writeable = False
    return root


def correlation_root(
    points: NDArray, correlation: Callable[[NDArray, NDArray], NDArray], tolerance: float
) -> NDArray[np.float32]:
    """F [Q, r] with F Fᵀ ≈ the correlations of points [Q, 3], rows of length one.

    By pivoted Cholesky, to at most `tolerance` of the variance of any point.

    Args:
        correlation: [n, m] of points [n, 3] and [m, 3]; positive definite, 1 at distance 0.
    """
    left = np.ones(len(points))
    root = np.zeros((len(points), 64))
    rank = 0
    while rank < len(points) and left.max() > tolerance:
        if rank == root.shape[1]:
            root = np.concatenate([root, np.zeros_like(root)], axis=1)
        pivot = int(left.argmax())
        row = correlation(points, points[pivot : pivot + 1])[:, 0]
        row -= root[:, :rank] @ root[pivot, :rank]
        root[:, rank] = row / np.sqrt(left[pivot])
        left -= root[:, rank] ** 2
        left[pivot] = 0
        rank += 1
    found = root[:, :rank]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def draw(
    library: StateLibrary,
    observed: Observed,
    root: NDArray[np.float32],
    rng: np.random.Generator,
    signed: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One draw of N(0, B), B the season's: a state [V], and its values at the observations [p].

    An observation of another month takes from the state what follows it then: the same ξ_k
    multiply the lagged states.

    Args:
        signed: factors [C, n] on each state's part at each level; see `signs`.
    """
    count = observed.states.shape[1]
    noise = rng.standard_normal((root.shape[1], count), dtype=np.float32)
    row = np.zeros(library.layout.cell.size)
    for columns, tile in library.layout.tiles:
        xi = root[columns] @ noise
        column = library.layout.column[tile] - columns.start
        first = 0
        for s in observed.season:
            last = first + s.stop - s.start
            noisy = xi[column, first:last]
            if signed is not None:
                noisy = noisy * signed[library.level[tile], first:last]
            row[tile] += np.einsum("vk,vk->v", library.states[tile, s], noisy)
            first = last
    xi = (root[observed.columns] @ noise)[observed.column]
    if signed is not None:
        xi = xi * signed[library.level[observed.row]]
    seen = np.einsum("pk,pk->p", observed.states, xi, dtype=np.float64)
    return row / np.sqrt(count - 1), seen / np.sqrt(count - 1)


def signs(
    levels: int, count: int, coupling: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A sign of each of n states at each level, [C, n], that turns by chance from level to level.

    It turns with a probability of (1 − κ) / 2, so that two levels m apart have E[s s′] = κᵐ: a draw
    with these signs has the covariance of B times κᵐ.
    """
    first = rng.random((1, count)) < 0.5
    turned = rng.random((levels - 1, count)) < (1 - coupling) / 2
    odd = np.concatenate([first, turned]).cumsum(axis=0) % 2
    return (1 - 2 * odd).astype(np.float32)
