"""Where the currents run, the fine field is least certain: a map of noise from physics alone.

A temperature, read as a streamfunction, moves water along its isotherms, with f = 2Ω sin φ:

    ψ = (g/f)·T,   (u, v) = (−∂ψ/∂y, ∂ψ/∂x),   p = |(u, v)| / reference ≤ 1,   map = b + (1 − b)·p

Taken literally, ψ also varies where T does not, because f does: 0 °C would not be the same sea as
0 K, and warm uniform water in the tropics would be all noise. Here f is therefore that of the cell,
as in geostrophy: only gradients of T count, and a constant field has b everywhere.

Source: Huang et al. (2025), "Uncertainty-Guided Adversarial Diffusion Model for Sea Surface
Temperature Super-Resolution" (UADM); the treatment of f, the equator and the reference is ours.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Mask

GRAVITY = 9.81
"""g, m/s²."""
ROTATION = 7.2921e-5
"""Ω, the Earth's angular velocity, 1/s."""
EQUATOR = 5.0
"""Degrees of latitude within which |f| is that of this latitude."""


def coriolis(latitude: NDArray) -> NDArray:
    """f = 2Ω sin φ in 1/s, at least in size what it is at latitude ±`EQUATOR`; positive on it."""
    least = 2 * ROTATION * np.sin(np.radians(EQUATOR))
    f = 2 * ROTATION * np.sin(np.radians(latitude))
    return np.where(f < 0, -1, 1) * np.maximum(np.abs(f), least)


def streamfunction_speed(sst: NDArray, grid: LatLonGrid, ocean: Mask) -> NDArray:
    """|∇ψ| [..., H, W] of ψ = (g/f)·T, NaN on land: m/s, were a kelvin a metre of sea level.

    Args:
        sst: T [..., H, W], °C; what stands on land is not read.
        ocean: where there is sea [H, W].
    """
    gain = (GRAVITY / coriolis(grid.latitude))[:, None].astype(sst.dtype)
    return np.abs(gain) * gradient_magnitude(sst, grid, ocean) / 1000


def uncertainty_map(
    sst: NDArray,
    grid: LatLonGrid,
    ocean: Mask,
    base: float = 0.4,
    reference: float | None = None,
) -> NDArray:
    """The noise of each cell [..., H, W], from `base` in still water to 1; `base` on land.

    Args:
        sst: upsampled temperature [..., H, W], °C.
        ocean: where there is sea [H, W].
        base: b, in (0, 1].
        reference: speed at which the map is 1. None, as published, is each field's own maximum:
            then one front changes the map far away, and a tile does not agree with its globe. With
            a number the map of a cell depends on its neighbours alone.

    Raises:
        BadData: if `base` or `reference` is impossible.
    """
    if not 0 < base <= 1 or (reference is not None and not reference > 0):
        raise BadData(
            f"base {base}, reference {reference}",
            where="uncertainty map",
            fix="0 < base ≤ 1 and a positive reference speed",
        )
    speed = np.where(ocean, streamfunction_speed(sst, grid, ocean), 0)
    most = speed.max(axis=(-2, -1), keepdims=True) if reference is None else np.asarray(reference)
    p = np.minimum(speed / np.where(most > 0, most, 1), 1)
    return (base + (1 - base) * p).astype(speed.dtype)
