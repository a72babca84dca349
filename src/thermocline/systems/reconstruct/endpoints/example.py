"""Observations that a given model may meet, for its example of a request."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from thermocline.systems.reconstruct.model.method import Reconstructor


def warm_profile(model: "Reconstructor") -> list[tuple[float, float, float, float]]:
    """Latitude, longitude, depth, temperature: a usual March anomaly in the tropical Atlantic.

    The column of the sea nearest 0° N, 25° W, one standard deviation above the climatology.
    """
    ocean = np.asarray(model.statistics.ocean, bool)
    values = model.statistics.denormalise(np.ones(ocean.shape, np.float32), 3)
    rows, columns = np.nonzero(ocean[0])
    latitude, longitude = model.grid.latitude[rows], model.grid.longitude[columns]
    nearest = np.argmin(np.hypot(latitude, longitude + 25))
    place = round(float(latitude[nearest]), 4), round(float(longitude[nearest]), 4)
    column = values[:, rows[nearest], columns[nearest]]
    return [
        (*place, float(depth), round(float(value), 3))
        for depth, value in zip(model.depth, column, strict=True)
        if np.isfinite(value)
    ]
