"""Profiles to the model's levels: linear in depth, and nothing where the profile says nothing."""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadObservations
from thermocline.observe.gridding import nearest_level
from thermocline.observe.observations import Observations

GAP_METRES = 60.0
GAP_FRACTION = 0.3
"""A level between two measurements further apart than max(60 m, 30 % of its depth) stays empty."""

ABOVE_METRES = 10.0
BELOW_METRES = 3.0
CUTOFF_FRACTION = 0.02
"""How far a profile's first and last value reach beyond its ends; see `end_cutoffs`."""


def end_cutoffs(depth: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far above the shallowest and below the deepest measurement a level may take its value.

    Never more than half the spacing to the next level on the profile's side, and no more than
    max(10 m, 2 % of the depth) upward (floats stop sampling some metres under the surface, in
    the mixed layer) or max(3 m, 2 %) downward (1000 dbar are 992 m). Both [C], metres.
    """
    if depth.size == 1:
        spacing = depth[:1]
        down, up = spacing, spacing
    else:
        spacing = np.diff(depth)
        down, up = np.append(spacing, spacing[-1]), np.append(spacing[:1], spacing)
    above = np.minimum(down / 2, np.maximum(ABOVE_METRES, CUTOFF_FRACTION * depth))
    below = np.minimum(up / 2, np.maximum(BELOW_METRES, CUTOFF_FRACTION * depth))
    return above, below


def interpolate_profile(
    measured_depth: NDArray, value: NDArray, depth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One profile at the model's levels `depth` [C]; NaN where it does not say.

    NaN measurements are skipped, order does not matter, repeated depths are averaged.
    """
    result = np.full(depth.size, np.nan)
    good = np.isfinite(measured_depth) & np.isfinite(value)
    if not good.any():
        return result
    z, inverse, count = np.unique(measured_depth[good], return_inverse=True, return_counts=True)
    v = np.bincount(inverse, weights=value[good]) / count
    upper = np.clip(np.searchsorted(z, depth, side="right") - 1, 0, z.size - 1)
    lower = np.clip(upper + (z[upper] < depth), 0, z.size - 1)
    inside = (depth >= z[0]) & (depth <= z[-1])
    close = z[lower] - z[upper] <= np.maximum(GAP_METRES, GAP_FRACTION * depth)
    above, below = end_cutoffs(depth)
    use = np.where(inside, close, (z[0] - depth <= above) & (depth - z[-1] <= below))
    return np.where(use, np.interp(depth, z, v), result)


def from_profiles(profiles: xr.Dataset, depth: ArrayLike) -> Observations:
    """Observations at the model's levels from canonical profiles (n_prof × n_level).

    Linear interpolation in depth; levels inside a large gap stay empty, and beyond a profile's
    ends its nearest value reaches only as far as `end_cutoffs` allows. Time is kept.

    Raises:
        BadObservations: if nothing usable remains, or for impossible positions or values.
    """
    levels = np.asarray(depth, dtype=np.float64)
    table, represents = at_levels(profiles, levels, "thetao")
    profile, level = np.nonzero(np.isfinite(table))
    if profile.size == 0:
        raise BadObservations(
            f"none of {len(table)} profiles has a usable temperature near the model's levels "
            f"({levels[0]:g}–{levels[-1]:g} m)",
            fix="give profiles with good (QC-passed) temperatures between these depths",
        )
    found = Observations.checked(
        latitude=profiles["latitude"].values[profile],
        longitude=profiles["longitude"].values[profile],
        depth=levels[level],
        value=table[profile, level],
        time=profiles["time"].values[profile] if "time" in profiles.variables else None,
        quote=False,
    )
    return replace(
        found,
        represents=represents[profile, level],
        platform=platforms(profiles, profile),
    )


def platforms(profiles: xr.Dataset, row: NDArray[np.int64]) -> NDArray[np.str_] | None:
    """The platform of each of some profiles by number, if the profiles say theirs."""
    if "platform_number" not in profiles.variables:
        return None
    names = np.char.strip(profiles["platform_number"].values.astype(str))
    return np.asarray(names[row])


def at_levels(
    profiles: xr.Dataset, levels: NDArray[np.float64], variable: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values of a variable at the model's levels, and how many of the profile's each stands for.

    Both [n_prof, C]; NaN, and 0, where a profile says nothing of a level.
    """
    measured = np.asarray(profiles["depth"].values, dtype=np.float64)
    values = np.asarray(profiles[variable].values, dtype=np.float64)
    if measured.ndim == 1:
        measured = np.broadcast_to(measured, values.shape)
    table = np.array(
        [interpolate_profile(z, v, levels) for z, v in zip(measured, values, strict=True)]
    ).reshape(-1, levels.size)
    known = np.isfinite(measured) & np.isfinite(values)
    return table, _represented(measured, known, table, levels)


def _represented(
    measured: NDArray[np.float64], known: NDArray[np.bool_], table: NDArray, levels: NDArray
) -> NDArray[np.int64]:
    """How many of a profile's values each of its observations stands for [n_prof, C].

    A value counts at the nearest level at which the profile has an observation, of the two levels
    that it lies between; one that is deeper than the levels reach (`nearest_level`) at none.
    """
    row, _ = np.nonzero(known)
    depth = measured[known]
    below = np.clip(np.searchsorted(levels, depth), 0, levels.size - 1)
    above = np.clip(below - 1, 0, None)
    nearer_below = np.abs(levels[below] - depth) < np.abs(levels[above] - depth)
    first, second = np.where(nearer_below, (below, above), (above, below))
    there = np.isfinite(table)
    chosen = np.where(there[row, first], first, second)
    counts = np.zeros(table.shape, np.int64)
    _, reached = nearest_level(depth, levels)
    np.add.at(counts, (row, chosen), there[row, chosen] & reached)
    return counts
