"""Drift of the ice: the balance of wind, water and internal stress.

    u = u_free + ∇·(K ∇u),    K = (L² h (1 − d)² + R² h²) exp(−C (1 − A))

Without stress, the ice drifts freely: a share of the wind, turned, and the current. Stress spreads
momentum over the length √K. It is large in compact, thick, unbroken ice (L), small in broken ice
(R, the resistance of its rubble) and nothing in loose ice; at coasts u = 0. A scalar viscosity
stands for neXtSIM's elasticity: since ice breaks where stress is too large (`ice`), and broken ice
passes on little of it, breaks localise here as well.
Solved by Jacobi's iteration with Chebyshev's acceleration, which starts from the last step's drift.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.configuration import Ice
from thermocline.simulate.arctic.forcing import turned
from thermocline.simulate.arctic.geography import CELL

COMPACT = 20.0  # C: how fast stress falls with open water (Hibler, 1979)
THICKEST = 3.0  # metres beyond which unbroken ice passes on no more
RUBBLE, THICKEST_RUBBLE = 190e3, 12.0  # m: broken ice of 1 m resists so far; thickest that counts
ITERATIONS = 12


def free_drift(wind: NDArray, current: NDArray, ice: Ice) -> NDArray[np.float64]:
    """Drift without internal stress [2, H, W], m/s."""
    return ice.drag * turned(wind, -ice.turning) + current


def stiffness(volume: NDArray, area: NDArray, damage: NDArray, ice: Ice) -> NDArray[np.float64]:
    """K in squares of cells [H, W]."""
    elastic = ice.stiffness**2 * np.minimum(volume, THICKEST) * (1 - damage) ** 2
    rubble = RUBBLE**2 * np.minimum(volume, THICKEST_RUBBLE) ** 2
    return (elastic + rubble) * np.exp(-COMPACT * (1 - area)) / CELL**2


def drift(
    free: NDArray,
    stiff: NDArray,
    sea: NDArray[np.bool_],
    last: NDArray,
    iterations: int = ITERATIONS,
) -> NDArray[np.float64]:
    """Drift [2, H, W] in m/s, zero on land.

    Args:
        free: free drift [2, H, W].
        stiff: K in squares of cells [H, W].
        sea: where there is water [H, W].
        last: drift to start from [2, H, W].
        iterations: of the solver.
    """
    x, y = _links(stiff, sea), _links(stiff.T, sea.T).T
    total = 1 + x[:, :-1] + x[:, 1:] + y[:-1] + y[1:]
    share = sea / total
    west, east = (x[:, :-1] * share).astype("f4"), (x[:, 1:] * share).astype("f4")
    south, north = (y[:-1] * share).astype("f4"), (y[1:] * share).astype("f4")
    wind = (free * share).astype("f4")
    radius2 = float((1 - 1 / total.max()) ** 2)
    weight = 1.0
    now = np.pad(last.astype("f4"), ((0, 0), (1, 1), (1, 1)))
    before, part = np.zeros_like(now), np.empty_like(wind)
    for number in range(iterations):
        new = west * now[:, 1:-1, :-2]
        new += wind
        for links, neighbours in (
            (east, now[:, 1:-1, 2:]),
            (south, now[:, :-2, 1:-1]),
            (north, now[:, 2:, 1:-1]),
        ):
            new += np.multiply(links, neighbours, out=part)
        if number:
            weight = 1 / (1 - radius2 * (0.5 if number == 1 else 0.25 * weight))
            new *= np.float32(weight)
            new += np.multiply(before[:, 1:-1, 1:-1], np.float32(1 - weight), out=part)
        before[:, 1:-1, 1:-1] = new
        before, now = now, before
    return now[:, 1:-1, 1:-1].astype(np.float64)


def _links(stiff: NDArray, sea: NDArray[np.bool_]) -> NDArray[np.float64]:
    """K at the faces along the last axis [H, W+1]: the weaker neighbour's; a coast is rigid."""
    links = np.zeros((stiff.shape[0], stiff.shape[1] + 1))
    left, right = stiff[:, :-1], stiff[:, 1:]
    water = sea[:, :-1] & sea[:, 1:]
    coast = sea[:, :-1] ^ sea[:, 1:]
    links[:, 1:-1] = np.where(water, np.minimum(left, right), coast * np.maximum(left, right))
    return links


def deformation(velocity: NDArray, sea: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Largest difference of drift between a cell and its neighbours, coasts included, m/s."""
    padded = np.pad(velocity, ((0, 0), (1, 1), (1, 1)), mode="edge")
    west = padded[:, 1:-1, 1:] - padded[:, 1:-1, :-1]
    south = padded[:, 1:, 1:-1] - padded[:, :-1, 1:-1]
    west, south = (west**2).sum(axis=0), (south**2).sum(axis=0)
    most = np.maximum.reduce([west[:, :-1], west[:, 1:], south[:-1], south[1:]])
    return np.sqrt(most) * sea
