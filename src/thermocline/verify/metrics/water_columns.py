"""What a water column is, beyond its values: layers, heat, and height.

Everywhere: temperature (potential, °C) and salinity (practical) [..., L, H, W], NaN on land; depth
[L] in metres, ascending. Answers are [..., H, W], NaN where a column does not say.
"""

import gsw
import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.convection import teos10

SURFACE, THRESHOLD = 10.0, 0.2
"""Depth (m) and difference (°C) that define a mixed layer (de Boyer Montégut et al., 2004)."""
HEAT_CAPACITY = 1025.0 * 3990.0
"""Of sea water, J m-3 K-1."""
GRAVITY = 9.81


def mixed_layer_depth(
    temperature: NDArray, depth: NDArray, threshold: float = THRESHOLD
) -> NDArray[np.float64]:
    """Depth where temperature first differs by `threshold` from that at 10 m, m.

    Linear between levels; where it never does, the column's deepest level with water.
    """
    start = _at(temperature, depth, SURFACE)[..., None, :, :]
    below = np.concatenate([start, temperature[..., depth > SURFACE, :, :]], axis=-3)
    levels = np.append(SURFACE, depth[depth > SURFACE])
    colder, warmer = (_first(sign * (below - start) - threshold, levels) for sign in (-1, 1))
    found = np.fmin(colder, warmer)
    wet = np.where(np.isfinite(temperature), depth[:, None, None], np.nan)
    return np.where(np.isnan(found), np.fmax.reduce(wet, axis=-3), found)


def thermocline_depth(temperature: NDArray, depth: NDArray) -> NDArray[np.float64]:
    """Middle of the pair of levels between which temperature falls most steeply, m.

    NaN of a single level.
    """
    if len(depth) < 2:
        return np.full(temperature[..., 0, :, :].shape, np.nan)
    fall = -np.diff(temperature, axis=-3) / np.diff(depth)[:, None, None]
    steepest = np.nan_to_num(fall, nan=-np.inf).argmax(axis=-3)
    middle = ((depth[1:] + depth[:-1]) / 2)[steepest]
    return np.where(np.isfinite(temperature).all(axis=-3), middle, np.nan)


def heat_content(
    temperature: NDArray, depth: NDArray, bottom: float = 700.0
) -> NDArray[np.float64]:
    """ρ c ∫ T dz from the surface to `bottom`, or to the last level above it, J/m².

    Constant above the first level.
    """
    bottom = min(bottom, float(depth[-1]))
    edges = np.unique(np.concatenate([[0.0], depth[depth < bottom], [bottom]]))
    values = np.stack([_at(temperature, depth, z) for z in edges], axis=-1)
    return HEAT_CAPACITY * np.trapezoid(values, edges, axis=-1)


def steric_height(
    temperature: NDArray,
    salinity: NDArray,
    depth: NDArray,
    latitude: NDArray,
    longitude: NDArray,
) -> NDArray[np.float64]:
    """Height of the surface over the deepest level by what fills the water in between, m.

    ∫ δ dp / g with δ the anomaly of specific volume by TEOS-10; `latitude`, `longitude` are [H, W].
    """
    absolute, conservative, pressure = teos10(temperature, salinity, depth, latitude, longitude)
    anomaly = gsw.specvol_anom_standard(absolute, conservative, pressure)
    thickness = np.diff(pressure, axis=-3) * 1e4
    between = (anomaly[..., 1:, :, :] + anomaly[..., :-1, :, :]) / 2 * thickness
    above = anomaly[..., 0, :, :] * pressure[0] * 1e4
    return np.asarray((between.sum(axis=-3) + above) / GRAVITY)


def _at(values: NDArray, depth: NDArray, z: float) -> NDArray[np.float64]:
    """Values at a depth, linear between levels, constant beyond them."""
    weights = np.array([np.interp(z, depth, row) for row in np.eye(len(depth))])
    kept = weights > 0
    return np.tensordot(np.moveaxis(values, -3, -1)[..., kept], weights[kept], 1)


def _first(signed: NDArray, depth: NDArray) -> NDArray[np.float64]:
    """Shallowest depth where values rise through 0; NaN where they do not."""
    if len(depth) < 2:
        return np.full(signed[..., 0, :, :].shape, np.nan)
    upper, lower = signed[..., :-1, :, :], signed[..., 1:, :, :]
    crosses = (lower >= 0) & (upper < 0)
    first = crosses.argmax(axis=-3)[..., None, :, :]
    a, b = (np.take_along_axis(part, first, axis=-3)[..., 0, :, :] for part in (upper, lower))
    top, bottom = (depth[at][first[..., 0, :, :]] for at in (slice(None, -1), slice(1, None)))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = top + (bottom - top) * -a / (b - a)
    return np.where(crosses.any(axis=-3), found, np.nan)
