"""Warnings of an answer: unusual temperatures, and blocks of another size than in the training.

The surface is never below its freezing point, and seldom far from usual values at its latitude.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.rows import row_blocks

SALINITY = 34.5
"""Practical salinity for the freezing point: that of polar seas."""
SHARE = 0.01
"""Share of cells outside the usual range above which an answer has a warning."""
USUAL_TEMPERATURE = np.array(
    [
        (0, 14, 37),
        (20, 9, 37),
        (30, 3, 37),
        (40, -2, 34),
        (50, -2, 29),
        (60, -2, 26),
        (70, -2, 20),
        (90, -2, 12),
    ]
)
"""Degrees from the equator, and the usual minimum and maximum there, °C."""
NEAR_RATIO = 1.25
"""Ratio of two sizes of blocks above which they differ."""


@cache
def freezing_point() -> float:
    """Temperature at which sea water of `SALINITY` freezes at the surface, °C: −1.89."""
    import gsw

    absolute = gsw.SA_from_SP(SALINITY, 0.0, 0.0, 0.0)
    return float(gsw.t_freezing(absolute, 0.0, 1.0))


def one_value(given: NDArray) -> list[str]:
    """A warning, if all given values, °C, are the same."""
    known = given[np.isfinite(given)]
    if not known.size or np.ptp(known):
        return []
    return [
        f"all given values are the same, {known.flat[0]:.2f} °C, which those of the sea never are: "
        "nothing finer is added, and the stated uncertainty is that of the given values alone"
    ]


def unusual(mean: Any, ocean: NDArray[np.bool_], latitude: NDArray, given: NDArray) -> list[str]:
    """Warnings about temperatures of an answer.

    Args:
        mean: °C [H, W], an array or what gives one for some rows.
        latitude: of its rows, degrees.
        given: the coarse values, °C, NaN where there is none.
    """
    degrees, coldest, warmest = USUAL_TEMPERATURE.T
    low, high = (np.interp(np.abs(latitude), degrees, end)[:, None] for end in (coldest, warmest))
    cells, warnings, count = max(1, int(ocean.sum())), [], 0
    for rows in row_blocks(len(ocean)):
        some = np.asarray(mean[rows])
        count += int((((some < low[rows]) | (some > high[rows])) & ocean[rows]).sum())
    if count > SHARE * cells:
        warnings.append(
            f"{count:,} of {cells:,} cells ({count / cells:.1%}) are colder or warmer "
            "than is usual at their latitude"
        )
    with np.errstate(invalid="ignore"):
        frozen = int((given < freezing_point() - 0.005).sum())
    if frozen:
        warnings.append(
            f"{frozen:,} given values are below {freezing_point():.2f} °C, where sea water "
            f"(salinity {SALINITY:g}) freezes: the answer stays at that temperature there"
        )
    return warnings


def other_blocks(latitude: float, longitude: float, trained: float | None) -> list[str]:
    """A warning if the given blocks have another size than those of the training.

    Args:
        latitude, longitude: how far apart the given values are, degrees.
        trained: degrees of both of a block of the training, whose boxes have as many to each side;
            None where it is not known.
    """
    if trained is None or all(
        1 / NEAR_RATIO < g / trained < NEAR_RATIO for g in (latitude, longitude)
    ):
        return []
    same = abs(latitude / longitude - 1) < 0.01
    apart = f"{latitude:.3g}°" if same else f"{latitude:.3g}° (latitude) × {longitude:.3g}°"
    return [
        f"the given values are {apart} apart, and the model was trained on blocks of "
        f"{trained:.3g}°: what it adds belongs to other scales; compare with an interpolation"
    ]
