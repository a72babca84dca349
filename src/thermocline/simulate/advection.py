"""Semi-Lagrangian advection: T(x, t + Δt) = T(x − uΔt, t).

The departure point's value is interpolated by cubic Lagrange polynomials, first along the
parallel, then along the meridian, and limited to the two values it lies between: the scheme is
stable at any step, keeps constants, and makes no new extremes (Staniforth & Côté, 1991; limiter
of Bermejo & Staniforth, 1992). Land never contributes: it is filled from the nearest sea first.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.geography import Geography
from thermocline.simulate.operators import spacing


def advect(
    field: NDArray[np.float32],
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    step: float,
    geography: Geography,
) -> NDArray[np.float32]:
    """`field` [C, H, W] after `step` seconds in the currents u, v [C, H, W] (m/s); land is 0."""
    dx, dy = spacing(geography.grid)
    ocean = geography.ocean[: field.shape[0]]
    filled = geography.fill(field)
    moved = _shift(filled, np.where(ocean, u * np.float32(step) / dx, 0), periodic=True)
    moved = _shift(
        moved.swapaxes(-1, -2),
        np.where(ocean, v * np.float32(step / dy), 0).swapaxes(-1, -2),
        periodic=False,
    ).swapaxes(-1, -2)
    return np.where(ocean, moved, np.float32(0))


def _shift(field: NDArray, cells: NDArray, periodic: bool) -> NDArray[np.float32]:
    """The value `cells` cells upstream along the last axis."""
    field = np.ascontiguousarray(field, dtype=np.float32)
    size = field.shape[-1]
    place = np.arange(size, dtype=np.float32) - cells.astype(np.float32)
    base = np.floor(place)
    s = place - base
    start = base.astype(np.int64)
    offset = (np.arange(field.size // size) * size).reshape((*field.shape[:-1], 1))
    flat = field.ravel()

    def value(step: int) -> NDArray[np.float32]:
        at = (start + step) % size if periodic else np.clip(start + step, 0, size - 1)
        return flat[at + offset]

    before, left, right, after = value(-1), value(0), value(1), value(2)
    cubic = (
        -s * (s - 1) * (s - 2) / 6 * before
        + (s + 1) * (s - 1) * (s - 2) / 2 * left
        - (s + 1) * s * (s - 2) / 2 * right
        + (s + 1) * s * (s - 1) / 6 * after
    )
    return np.clip(cubic, np.minimum(left, right), np.maximum(left, right))
