"""The order of training states in time, for lagged covariances."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def partners(serial: NDArray[np.int64], lag: int) -> NDArray[np.int64]:
    """Index [N] of the state `lag` steps after each; −1 where there is none.

    Args:
        serial: number [N] of each state; numbers that differ by one follow each other, and
            those of different runs differ by more.
    """
    order = np.argsort(serial, kind="stable")
    place = np.searchsorted(serial[order], serial + lag).clip(max=serial.size - 1)
    return np.where(serial[order][place] == serial + lag, order[place], -1)


def lagged(
    states: NDArray[Any], rows: NDArray[np.int64], season: list[slice], partner: NDArray[np.int64]
) -> NDArray[Any]:
    """What the season's states' partners have at `rows`, [p, n], of states [V, N].

    A state without a partner counts as climatology there, which keeps a covariance of such
    columns positive semidefinite and lowers it by the share of such states (about 1 % a lag for
    runs of decades).
    """
    chosen = np.concatenate([partner[part] for part in season])
    found = states[rows][:, chosen]
    found[:, chosen < 0] = 0
    return found


def persistence(states: NDArray[Any], serial: NDArray[np.int64]) -> NDArray[np.float64]:
    """Correlation [C] of states [N, C, H, W] of mean 0 with those one step later, 0 to 0.99."""
    after = partners(serial, 1)
    now, then = np.flatnonzero(after >= 0), after[after >= 0]
    product = np.zeros(states.shape[1])
    square = np.zeros(states.shape[1])
    for first, second in zip(now, then, strict=True):
        one, two = states[first].astype(np.float64), states[second].astype(np.float64)
        product += (one * two).sum(axis=(1, 2))
        square += 0.5 * (one**2 + two**2).sum(axis=(1, 2))
    return np.clip(product / np.maximum(square, 1e-12), 0, 0.99)
