"""Transport by the drift, in flux form: what leaves a cell enters its neighbour.

The value at a face is the upwind cell's, with a part of the slope after van Leer (1974): sharp
edges stay sharp and no new extremes appear in one dimension. A value at a face is at most twice
the upwind cell's, so that nothing becomes negative at Courant numbers below 1/8 through each face.
Nothing crosses a coast. What leaves through the map's border is lost, and nothing enters there.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.geography import Arctic


def faces(
    velocity: NDArray, sea: NDArray[np.bool_], entry: NDArray | None = None
) -> tuple[NDArray, NDArray]:
    """Velocities through the western faces [H, W+1] and southern faces [H+1, W] of cells, m/s.

    Args:
        velocity: of the cells [2, H, W].
        sea: where there is water [H, W].
        entry: how freely ice enters a cell, 0 to 1 [H, W]; freely without.
    """
    made = []
    entry = np.ones(sea.shape) if entry is None else entry
    for component, wet, free in ((velocity[0], sea, entry), (velocity[1].T, sea.T, entry.T)):
        inner = 0.5 * (component[:, :-1] + component[:, 1:]) * (wet[:, :-1] & wet[:, 1:])
        inner *= np.where(inner > 0, free[:, 1:], free[:, :-1])
        first = np.minimum(component[:, :1], 0) * wet[:, :1]
        last = np.maximum(component[:, -1:], 0) * wet[:, -1:]
        made.append(np.concatenate([first, inner, last], axis=1))
    return made[0], made[1].T


class Transport:
    """Advection on one sea.

    Args:
        arctic: its shape.
        step: seconds.
    """

    def __init__(self, arctic: Arctic, step: float):
        self._arctic, self._step = arctic, step
        grid = arctic.grid
        self._lengths = [
            (grid.y[1] - grid.y[0]) / _between(arctic.scale),
            (grid.x[1] - grid.x[0]) / _between(arctic.scale.T).T,
        ]

    def __call__(self, fields: NDArray, through: tuple[NDArray, NDArray]) -> NDArray[np.float64]:
        """Amounts per area `fields` [C, H, W] one step later, by velocities through `faces`."""
        west = through[0] * self._lengths[0]  # m² s-1
        south = through[1] * self._lengths[1]
        sea = self._arctic.sea
        x = _flux(fields, west, sea)
        y = _flux(fields.swapaxes(-1, -2), south.T, sea.T).swapaxes(-1, -2)
        change = x[..., :-1] - x[..., 1:] + y[..., :-1, :] - y[..., 1:, :]
        return np.asarray(fields + self._step / self._arctic.area * change)


def _between(scale: NDArray) -> NDArray[np.float64]:
    """Map scale at the faces along the last axis, [H, W+1]."""
    return np.concatenate(
        [scale[:, :1], 0.5 * (scale[:, :-1] + scale[:, 1:]), scale[:, -1:]], axis=1
    )


def _flux(fields: NDArray, through: NDArray, sea: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Amounts through the faces along the last axis [C, H, W+1], per second."""
    slope = _slope(fields, sea)
    flux = np.zeros((*fields.shape[:-1], fields.shape[-1] + 1))
    forward = np.maximum(through, 0)
    flux[..., 1:] = forward[..., 1:] * (fields + slope)
    flux[..., :-1] += (through - forward)[..., :-1] * (fields - slope)
    return flux


def _slope(fields: NDArray, sea: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Half the limited difference between a cell's faces; none beside a coast."""
    jump = np.diff(fields, axis=-1) * (sea[:, 1:] & sea[:, :-1])
    before, after = jump[..., :-1], jump[..., 1:]
    both = before * after
    total = before + after
    same = both > 0
    slope = np.zeros_like(fields)
    slope[..., 1:-1] = np.where(same, both / np.where(same, total, 1), 0)
    return slope
