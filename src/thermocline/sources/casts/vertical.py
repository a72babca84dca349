"""Depth and pressure of the values of casts, by whichever of the two each value has."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.account import Sieve
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.seawater import depth_from_pressure, pressure_from_depth

MAX_DEPTH = 12_000.0
"""Metres; the deepest trench is shallower."""


def drop(sieve: Sieve, name: str, quantity: Quantity) -> None:
    """Take away what the file itself rejects of a quantity, by reason."""
    sieve.drop(f"{name} not flagged good", quantity.flagged)
    sieve.drop(f"{name} without the adjusted value to be used", quantity.unadjusted)
    sieve.drop(f"{name} outside the range that the file calls valid", quantity.outside)
    sieve.drop(f"{name} missing", np.isnan(quantity.values))


def vertical(
    casts: Casts, latitude: NDArray, warm: Sieve, salt: Sieve, where: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth (m) and pressure (dbar) of every level, by whichever of the two it has.

    Args:
        warm: takes the notes; what is wrong with a level that has only what is left in `salt` is
            no error.
    """
    pressure, depth = casts.pressure, casts.depth
    if depth is not None:
        depth.values = _downward(depth, warm, salt, where)
    if pressure is not None and depth is not None:
        apart = _apart(pressure, depth, latitude)
        if _most(apart, warm.left):
            raise BadData(
                "pressure and depth contradict each other at most levels",
                where=where,
                fix="correct their units or values, or remove the wrong one",
            )
        alone = salt.left & ~warm.left
        salt.drop("pressure and depth contradict each other", alone & _most(apart, alone))
        by_pressure = np.isfinite(pressure.values) | np.isnan(depth.values)
        in_metres = replace(pressure, values=depth_from_pressure(pressure.values, latitude))
        dbar = np.where(by_pressure, pressure.values, _dbar(depth.values, latitude))
        used, name = in_metres.where(by_pressure, depth), "pressure or depth"
    elif pressure is not None:
        used, name, dbar = pressure, "pressure", pressure.values
    else:
        assert depth is not None
        used, name = depth, "depth"
    for sieve in (warm, salt):
        drop(sieve, name, used)
    accepted = used.accepted
    if depth is None:
        metres = depth_from_pressure(np.clip(accepted, -5, None), latitude)
    else:
        metres = accepted
    if pressure is None:
        dbar = _dbar(metres, latitude)
    for sieve in (warm, salt):
        sieve.drop(f"{name} impossible in the ocean", ~((accepted >= -5) & (metres <= MAX_DEPTH)))
    return metres, dbar


def _downward(depth: Quantity, warm: Sieve, salt: Sieve, where: str) -> NDArray[np.float64]:
    """Depths positive down, of depths or of heights, each cast by its own values.

    Heights are negative below the surface, whatever `positive` says. Levels with a temperature
    decide, in a cast without any those with a salinity.
    """
    values, measured = depth.values, np.asarray(warm.left.any(axis=1))
    known = np.where(np.where(measured[:, None], warm.left, salt.left), depth.accepted, np.nan)
    positive = str(depth.attributes.get("positive", "")).lower()
    deep = np.nanmax(np.nan_to_num(known), axis=1, initial=0)
    high = np.nanmin(np.nan_to_num(known), axis=1, initial=0)
    if positive == "up" and ((deep > 5) & (deep > -high) & measured).any():
        raise BadData(
            "depth is positive up by its attribute, and above the surface by its values",
            where=where,
            fix="set `positive` to down if these are depths, or change their sign",
        )
    heights = (high < -5) & (-high > deep)
    if heights.any() and positive != "up":
        warm.note("negative depths are taken for heights below the surface")
    if positive == "up":
        heights[:] = True
    return np.where(heights[:, None], 0.0 - values, values)


def _apart(pressure: Quantity, depth: Quantity, latitude: NDArray) -> NDArray[np.float64]:
    """How far pressures and depths are apart, in parts of what is allowed; NaN without both."""
    by_pressure = depth_from_pressure(np.clip(pressure.accepted, 0, None), latitude)
    return np.abs(by_pressure - depth.accepted) / np.maximum(20, 0.1 * np.abs(by_pressure))


def _most(apart: NDArray[np.float64], left: NDArray[np.bool_]) -> bool:
    """Whether pressure and depth contradict each other at most of the levels that are left."""
    known = apart[left & np.isfinite(apart)]
    return known.size > 0 and bool((known > 1).mean() > 0.5)


def _dbar(metres: NDArray, latitude: NDArray) -> NDArray[np.float64]:
    return pressure_from_depth(np.clip(metres, 0, MAX_DEPTH), latitude)
