"""Depth and pressure of the values of casts, by whichever of the two each value has."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.account import Sieve
from thermocline.sources.casts import Casts
from thermocline.sources.quantity import Quantity
from thermocline.sources.seawater import depth_from_pressure, pressure_from_depth

MAX_DEPTH = 12_000.0
"""Metres; the deepest trench is shallower."""


def drop(sieve: Sieve, name: str, quantity: Quantity) -> None:
    """Take away what the file itself rejects of a quantity, by reason."""
    sieve.drop(f"{name} not flagged good", quantity.flagged)
    sieve.drop(f"{name} without the adjusted value to be used", quantity.unadjusted)
    sieve.drop(f"{name} outside the range that the file calls valid", quantity.outside)
    sieve.drop(f"{name} missing", np.isnan(quantity.values))


def vertical(
    casts: Casts, latitude: NDArray, sieves: Sequence[Sieve], where: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth (m) and pressure (dbar) of every level, by whichever of the two it has.

    Args:
        sieves: of what was measured at the levels; the first takes the notes.
    """
    left = np.any([sieve.left for sieve in sieves], axis=0)
    pressure, depth = casts.pressure, casts.depth
    if depth is not None:
        depth.values = _downward(depth, left, sieves[0], where)
    if pressure is not None and depth is not None:
        _check_agreement(pressure, depth, latitude, left, where)
        by_pressure = np.isfinite(pressure.values) | np.isnan(depth.values)
        in_metres = replace(pressure, values=depth_from_pressure(pressure.values, latitude))
        dbar = np.where(by_pressure, pressure.values, _dbar(depth.values, latitude))
        used, name = in_metres.where(by_pressure, depth), "pressure or depth"
    elif pressure is not None:
        used, name, dbar = pressure, "pressure", pressure.values
    else:
        assert depth is not None
        used, name = depth, "depth"
    for sieve in sieves:
        drop(sieve, name, used)
    accepted = used.accepted
    if depth is None:
        metres = depth_from_pressure(np.clip(accepted, -5, None), latitude)
    else:
        metres = accepted
    if pressure is None:
        dbar = _dbar(metres, latitude)
    for sieve in sieves:
        sieve.drop(f"{name} impossible in the ocean", ~((accepted >= -5) & (metres <= MAX_DEPTH)))
    return metres, dbar


def _downward(
    depth: Quantity, left: NDArray[np.bool_], sieve: Sieve, where: str
) -> NDArray[np.float64]:
    """Depths positive down, of depths or of heights, each cast by its own values.

    Heights are negative below the surface, whatever `positive` says.
    """
    values = depth.values
    known = np.where(left, depth.accepted, np.nan)
    positive = str(depth.attributes.get("positive", "")).lower()
    deep = np.nanmax(np.nan_to_num(known), axis=1, initial=0)
    high = np.nanmin(np.nan_to_num(known), axis=1, initial=0)
    if positive == "up" and ((deep > 5) & (deep > -high)).any():
        raise BadData(
            "depth is positive up by its attribute, and above the surface by its values",
            where=where,
            fix="set `positive` to down if these are depths, or change their sign",
        )
    heights = (high < -5) & (-high > deep)
    if heights.any() and positive != "up":
        sieve.note("negative depths are taken for heights below the surface")
    if positive == "up":
        heights[:] = True
    return np.where(heights[:, None], 0.0 - values, values)


def _check_agreement(
    pressure: Quantity, depth: Quantity, latitude: NDArray, left: NDArray[np.bool_], where: str
) -> None:
    by_pressure = depth_from_pressure(np.clip(pressure.accepted, 0, None), latitude)
    apart = np.abs(by_pressure - depth.accepted)[left]
    known = np.isfinite(apart)
    if known.any():
        allowed = np.maximum(20, 0.1 * np.abs(by_pressure[left]))
        if (apart[known] > allowed[known]).mean() > 0.5:
            raise BadData(
                "pressure and depth contradict each other at most levels",
                where=where,
                fix="correct their units or values, or remove the wrong one",
            )


def _dbar(metres: NDArray, latitude: NDArray) -> NDArray[np.float64]:
    return pressure_from_depth(np.clip(metres, 0, MAX_DEPTH), latitude)
