"""Localisation of covariances that are estimated from few states (Gaspari & Cohn, 1999)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.sphere import EARTH_RADIUS


def gaspari_cohn(distance: ArrayLike, radius: float) -> NDArray[np.float64]:
    """Compactly supported correlation: 1 at distance 0, 0 at and beyond `radius` (same units).

    The fifth-order piecewise rational function of Gaspari & Cohn (1999, eq. 4.10) with c =
    radius / 2. It is positive definite in space, hence (Gneiting, 2013, theorem 3) also as a
    function of great-circle distance while the radius is at most half the circumference.
    """
    z = np.minimum(np.asarray(distance, dtype=np.float64) * (2 / radius), 2.0)
    correlation = (((-0.25 * z + 0.5) * z + 0.625) * z - 5 / 3) * z * z + 1
    far = z > 1
    w = z[far]
    correlation[far] = ((((w / 12 - 0.5) * w + 0.625) * w + 5 / 3) * w - 5) * w + 4 - 2 / (3 * w)
    return np.maximum(correlation, 0)


def chord(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Straight-line distance [n, m] through the Earth, in metres, of unit vectors [n, 3], [m, 3].

    By one matrix product; rounding leaves an error of about a decimetre at distance zero.
    """
    return EARTH_RADIUS * np.sqrt(np.maximum(2 - 2 * (a @ b.T), 0))


def arc(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Great-circle distance [n, m], in metres, of unit vectors [n, 3] and [m, 3]."""
    return 2 * EARTH_RADIUS * np.arcsin(np.minimum(chord(a, b) / (2 * EARTH_RADIUS), 1))


def compact_tiles(points: NDArray, size: int) -> list[NDArray[np.int64]]:
    """Split points [n, 3] on the sphere into groups of at most `size` neighbours.

    The widest axis is halved at its median until a group is small enough, so that neither the
    date line nor the poles are special.
    """

    def split(index: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        if index.size <= size:
            return [index]
        axis = int(np.argmax(np.ptp(points[index], axis=0)))
        order = index[np.argsort(points[index, axis], kind="stable")]
        return split(order[: order.size // 2]) + split(order[order.size // 2 :])

    return split(np.arange(len(points))) if len(points) else []
