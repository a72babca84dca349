"""Points on a spherical Earth: distances, unit vectors, and longitudes of one convention."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS = 6_371_000.0
"""Mean radius of the Earth, in metres."""
CLOSE = 1e-6
"""Degrees by which a place may lie outside a box: less than any rounding matters."""


def wrap_longitude(longitude: ArrayLike) -> NDArray[np.float64]:
    """Longitudes in [−180, 180), whichever convention they came in."""
    return (np.asarray(longitude, dtype=np.float64) + 180.0) % 360.0 - 180.0


def eastward(longitude: ArrayLike, west: float) -> NDArray[np.float64]:
    """Degrees from a meridian eastward to others, from about 0 to 360; on it they are about 0."""
    return (np.asarray(longitude, dtype=np.float64) - west + CLOSE) % 360 - CLOSE


def between(longitude: ArrayLike, west: float, east: float) -> NDArray[np.bool_]:
    """Which longitudes lie from one meridian eastward to another, in whatever convention.

    From -180 to 180, or 0 to 360, it is all of them.
    """
    width = (east - west - CLOSE) % 360 + CLOSE
    return np.asarray(eastward(longitude, west) <= width + CLOSE)


def great_circle_distance(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Distance on the sphere, in metres, of points given in degrees; shapes broadcast."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((phi2 - phi1) / 2) ** 2
    half = (
        half + np.cos(phi1) * np.cos(phi2) * np.sin((np.radians(lon2) - np.radians(lon1)) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def unit_vectors(latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64]:
    """Points on the unit sphere [..., 3] of points [...] in degrees."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
