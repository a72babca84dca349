"""Depth and pressure of every level of casts, of which files give one or both."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.sources.account import DropCounter
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.seawater import depth_from_pressure, pressure_from_depth

MAX_DEPTH = 12_000.0
"""Depth in metres below the deepest trench."""


def drop(counter: DropCounter, name: str, quantity: Quantity) -> None:
    """Drop the values for which the file itself rejects a quantity, by reason."""
    counter.drop(f"{name} not flagged good", quantity.flagged)
    counter.drop(f"{name} without the adjusted value to be used", quantity.unadjusted)
    counter.drop(f"{name} outside the range that the file calls valid", quantity.outside)
    counter.drop(f"{name} missing", np.isnan(quantity.values))


def vertical(
    casts: Casts, latitude: NDArray, temperatures: DropCounter, salinities: DropCounter, where: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth (m) and pressure (dbar) [n_prof, n_level], by whichever of the two a level has.

    Values at levels without a usable depth are dropped. Contradictions at levels that have only a
    salinity are a reason to drop it, and no error.

    Args:
        latitude: [n_prof, 1].
        temperatures: also gets the notes.

    Raises:
        BadData: for pressures and depths that contradict each other, and for a wrong `positive`.
    """
    pressure, depth = casts.pressure, casts.depth
    if depth is not None:
        depth.values = _downward(depth, temperatures, salinities, where)
    if pressure is not None and depth is not None:
        apart = _apart(pressure, depth, latitude)
        if _most(apart, temperatures.remaining):
            raise BadData(
                "pressure and depth contradict each other at most levels",
                where=where,
                fix="correct their units or values, or remove the wrong one",
            )
        alone = salinities.remaining & ~temperatures.remaining
        salinities.drop("pressure and depth contradict each other", alone & _most(apart, alone))
        by_pressure = np.isfinite(pressure.values) | np.isnan(depth.values)
        in_metres = replace(pressure, values=depth_from_pressure(pressure.values, latitude))
        dbar = np.where(by_pressure, pressure.values, _dbar(depth.values, latitude))
        used, name = in_metres.where(by_pressure, depth), "pressure or depth"
    elif pressure is not None:
        used, name, dbar = pressure, "pressure", pressure.values
    else:
        assert depth is not None
        used, name = depth, "depth"
    for counter in (temperatures, salinities):
        drop(counter, name, used)
    accepted = used.accepted
    if depth is None:
        metres = depth_from_pressure(np.clip(accepted, -5, None), latitude)
    else:
        metres = accepted
    if pressure is None:
        dbar = _dbar(metres, latitude)
    for counter in (temperatures, salinities):
        counter.drop(f"{name} impossible in the ocean", ~((accepted >= -5) & (metres <= MAX_DEPTH)))
    return metres, dbar


def _downward(
    depth: Quantity, temperatures: DropCounter, salinities: DropCounter, where: str
) -> NDArray[np.float64]:
    """Depths positive down [n_prof, n_level], of values that may be heights in some casts.

    A cast has heights if its values are negative, whatever `positive` says. Levels with a
    temperature decide, and in a cast without any, levels with a salinity.
    """
    values, measured = depth.values, np.asarray(temperatures.remaining.any(axis=1))
    known = np.where(
        np.where(measured[:, None], temperatures.remaining, salinities.remaining),
        depth.accepted,
        np.nan,
    )
    positive = str(depth.attributes.get("positive", "")).lower()
    deep = np.nanmax(np.nan_to_num(known), axis=1, initial=0)
    high = np.nanmin(np.nan_to_num(known), axis=1, initial=0)
    if positive == "up" and ((deep > 5) & (deep > -high) & measured).any():
        raise BadData(
            "depth is positive up by its attribute, but above the surface by its values",
            where=where,
            fix="set `positive` to down if these are depths, or change their sign",
        )
    heights = (high < -5) & (-high > deep)
    if heights.any() and positive != "up":
        temperatures.note("negative depths are taken for heights below the surface")
    if positive == "up":
        heights[:] = True
    return np.where(heights[:, None], 0.0 - values, values)


def _apart(pressure: Quantity, depth: Quantity, latitude: NDArray) -> NDArray[np.float64]:
    """Difference of pressure and depth, relative to what is allowed; NaN where one is missing."""
    by_pressure = depth_from_pressure(np.clip(pressure.accepted, 0, None), latitude)
    return np.abs(by_pressure - depth.accepted) / np.maximum(20, 0.1 * np.abs(by_pressure))


def _most(apart: NDArray[np.float64], remaining: NDArray[np.bool_]) -> bool:
    """Whether pressure and depth contradict each other at most of the remaining levels."""
    known = apart[remaining & np.isfinite(apart)]
    return known.size > 0 and bool((known > 1).mean() > 0.5)


def _dbar(metres: NDArray, latitude: NDArray) -> NDArray[np.float64]:
    return pressure_from_depth(np.clip(metres, 0, MAX_DEPTH), latitude)
