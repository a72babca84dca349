"""What became of each observation, which platforms were rejected, and what that may come of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.answers.departure import FAR_MEAN, MIN_VALUES, far_observations
from thermocline.observe import Observations
from thermocline.ocean.anomalies import AnomalyProblem

REJECTED = "rejected by the background check"
REASONS = (
    "used",
    "in other months",
    "deeper than the model's levels",
    "on land or below the sea floor",
    "of months around, more than an analysis takes",
    REJECTED,
)
"""What the flags 0, 1, … of observations mean."""
MEANINGS = "used other_month too_deep land_or_sea_floor too_many rejected"
"""The same in CF's words."""
LARGE_SHARE = 0.2
"""Share of rejected values that is warned of."""
COHERENT = 0.8
"""Share of the places to one side of the climatology from which on it is in doubt first."""
MAX_PLATFORMS = 10
"""Platforms that are told of."""


def counts(flags: NDArray[np.int8], observations: Observations) -> dict[str, int]:
    """How many values the observations of each flag but the first stand for, by reason."""
    weight = _weight(observations)
    found = {why: int(weight[flags == flag].sum()) for flag, why in enumerate(REASONS) if flag}
    return {why: count for why, count in found.items() if count}


def by_platform(flags: NDArray[np.int8], observations: Observations) -> tuple[str, ...]:
    """A note that says how many values of which platforms, or places, were rejected."""
    gone = flags == REASONS.index(REJECTED)
    if not gone.any():
        return ()
    names, of = np.unique(_names(observations), return_inverse=True)
    weight = _weight(observations)
    lost = np.bincount(of, weight * gone, len(names)).astype(int)
    every = np.bincount(of, weight, len(names)).astype(int)
    order = [k for k in np.argsort(-lost, kind="stable").tolist() if lost[k]]
    told = [f"{names[k]} ({lost[k]:,} of {every[k]:,})" for k in order[:MAX_PLATFORMS]]
    more = f" and {len(order) - MAX_PLATFORMS:,} more" if len(order) > MAX_PLATFORMS else ""
    return (f"rejected by platform: {', '.join(told)}{more}",)


def flag_variable(flags: NDArray[np.int8]) -> tuple[str, NDArray[np.int8], dict[str, Any]]:
    """`observation_flag`, in the order of the observations."""
    said = {
        "long_name": "What became of each observation, in the order in which they were read",
        "flag_values": np.arange(len(REASONS), dtype=np.int8),
        "flag_meanings": MEANINGS,
    }
    return "observation", flags, said


def as_text(flags: NDArray[np.int8]) -> str:
    """The flags in short: `12x0 3x5` are twelve that were used and three that were rejected."""
    if not flags.size:
        return ""
    starts = np.flatnonzero(np.diff(flags, prepend=-1))
    lengths = np.diff(starts, append=flags.size)
    return " ".join(
        f"{n}x{flags[k]}" for n, k in zip(lengths.tolist(), starts.tolist(), strict=True)
    )


def warnings(
    problem: AnomalyProblem,
    checked: AnomalyProblem,
    flags: NDArray[np.int8],
    observations: Observations,
    off: dict[str, Any],
) -> list[str]:
    """Of a large share that was rejected; else, if the observations are far from the climatology.

    Likely causes stand in order. Where observations of most places lie far to one side, no unit or
    date of a single one is wrong: the climatology is first in doubt.
    """
    weight = _weight(observations)
    gone = int(weight[flags == REASONS.index(REJECTED)].sum())
    placed = gone + int(weight[flags == 0].sum())
    nothing = problem.touched().any() and not checked.touched().any()
    if not nothing and (placed < MIN_VALUES or gone < LARGE_SHARE * placed):
        return far_observations(off)
    said = (
        f"no observation is left: the background check rejected all {placed:,} values, so the "
        "answer is the usual state"
        if nothing
        else f"the background check rejected {gone:,} of {placed:,} values ({gone / placed:.0%}), "
        "and the answer does not follow these"
    )
    mean = off.get("departure_mean", 0.0)
    side, places = _to_one_side(problem)
    climatology = (
        "that the model's climatology is not that of their ocean: give one that is (`climatology`, "
        "`--climatology`)"
    )
    if abs(mean) >= FAR_MEAN and side >= COHERENT:
        where = "at the one place observed" if places == 1 else f"at {side:.0%} of {places} places"
        causes: Sequence[str] = (climatology, "their date", "their units and depths")
        said += (
            f"; they lie to one side of the climatology {where}, {mean:+.1f} standard deviations"
        )
    else:
        causes = ("their units, depths and quality flags", "their places and date", climatology)
    first, *rest = causes
    return [f"{said}. Likely causes, in this order: {first}; {'; '.join(rest)}"]


def _to_one_side(problem: AnomalyProblem) -> tuple[float, int]:
    """Share of the places whose mean anomaly has the sign of most, and their number."""
    seen = problem.observed.sum(axis=0)
    means = np.where(problem.observed, problem.y, 0).sum(axis=0)[seen > 0] / seen[seen > 0]
    if not means.size:
        return 0.0, 0
    above = float(np.mean(means > 0))
    return max(above, 1 - above), means.size


def _weight(observations: Observations) -> NDArray[np.int64]:
    weight = observations.represents
    return np.ones(len(observations), np.int64) if weight is None else weight


def _names(observations: Observations) -> NDArray[np.str_]:
    """The platform of each observation; its place, where it is not said."""
    place = np.array(
        [
            f"{abs(north):.2f}° {'SN'[bool(north >= 0)]} {abs(east):.2f}° {'WE'[bool(east >= 0)]}"
            for north, east in zip(
                observations.latitude.tolist(), observations.longitude.tolist(), strict=True
            )
        ]
    )
    if observations.platform is None:
        return place
    return np.where(observations.platform == "", place, observations.platform)
