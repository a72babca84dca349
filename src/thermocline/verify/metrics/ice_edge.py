"""The ice edge of a state: what lies inside it, how long it is, how wide its marginal zone.

A cell is ice-covered where the concentration is at least 15 %; extent is the area of such cells.

Everywhere: concentration [..., H, W] as a fraction, what stands on land is not read; area [H, W]
in km²; ocean [H, W], True where there is sea. A missing concentration at sea is BadData.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData

THRESHOLD = 0.15
"""Concentration of an ice-covered cell, at least."""
PACK = 0.8
"""Concentration from which on ice is pack ice, not marginal."""


def is_ice(concentration: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a cell is ice-covered [..., H, W]; never on land."""
    return (_sea(concentration, ocean) >= THRESHOLD) & ocean


def extent(concentration: NDArray, area: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Area of all ice-covered cells [...], km²."""
    return (is_ice(concentration, ocean) * area).sum(axis=(-2, -1))


def edge_length(
    concentration: NDArray, area: NDArray, ocean: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Sum of the cell sides between ice and open water [...], km; a coast is no edge.

    Cells are taken as squares, of side √area. An oblique edge is a staircase, up to √2 too long.
    """
    ice, side = is_ice(concentration, ocean), np.sqrt(area)
    length = np.zeros(ice.shape[:-2])
    for axis in (-2, -1):
        (a, b), (sea, beyond), (near, far) = (_pairs(x, axis) for x in (ice, ocean, side))
        length += ((a != b) * (sea & beyond) * (near + far) / 2).sum(axis=(-2, -1))
    return length


def marginal_zone_width(
    concentration: NDArray, area: NDArray, ocean: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Area of concentrations from 0.15 to below 0.8, by edge length [...], km; NaN without edge."""
    marginal = is_ice(concentration, ocean) & (np.asarray(concentration) < PACK)
    length = edge_length(concentration, area, ocean)
    width = (marginal * area).sum(axis=(-2, -1)) / np.where(length > 0, length, np.nan)
    return np.asarray(width)


def _sea(concentration: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Concentrations with 0 on land."""
    values = np.where(ocean, np.asarray(concentration, np.float64), 0.0)
    if not np.isfinite(values).all():
        raise BadData(
            f"{(~np.isfinite(values)).sum()} missing concentrations at sea",
            where="ice edge",
            fix="give an ocean mask that is False where the states have no value",
        )
    return values


def _pairs(values: NDArray, axis: int) -> tuple[NDArray, NDArray]:
    """Every cell and its next neighbour along an axis, which is made the last one."""
    moved = np.moveaxis(values, axis, -1)
    return moved[..., :-1], moved[..., 1:]
