"""What is odd about a question or its answer: temperatures the sea seldom has, other blocks.

The surface is never below its freezing point, and seldom far from what is usual at its latitude.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.rows import row_blocks

SALINITY = 34.5
"""Practical salinity for which the freezing point is taken: of polar seas, where water freezes."""
SHARE = 0.01
"""Share of cells outside what is usual from which an answer carries a warning."""
USUAL = np.array(
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
"""Degrees from the equator, and the coldest and warmest surface that is usual there, °C."""
NEAR = 1.25
"""Factor between two sizes of blocks from which on they are others."""


@cache
def freezing_point() -> float:
    """Temperature at which sea water of `SALINITY` freezes at the surface, °C: −1.89."""
    import gsw

    absolute = gsw.SA_from_SP(SALINITY, 0.0, 0.0, 0.0)
    return float(gsw.t_freezing(absolute, 0.0, 1.0))


def unusual(mean: Any, ocean: NDArray[np.bool_], latitude: NDArray, given: NDArray) -> list[str]:
    """What is odd about an answer, in words.

    Args:
        mean: °C [H, W], an array or what gives one for some rows.
        latitude: of its rows, degrees.
        given: the coarse values, °C, NaN where there is none.
    """
    degrees, coldest, warmest = USUAL.T
    low, high = (np.interp(np.abs(latitude), degrees, end)[:, None] for end in (coldest, warmest))
    cells, found, count = max(1, int(ocean.sum())), [], 0
    for rows in row_blocks(len(ocean)):
        some = np.asarray(mean[rows])
        count += int((((some < low[rows]) | (some > high[rows])) & ocean[rows]).sum())
    if count > SHARE * cells:
        found.append(
            f"{count:,} of {cells:,} cells ({count / cells:.1%}) are colder or warmer "
            "than is usual at their latitude"
        )
    with np.errstate(invalid="ignore"):
        frozen = int((given < freezing_point() - 0.005).sum())
    if frozen:
        found.append(
            f"{frozen:,} given values are below {freezing_point():.2f} °C, where sea water "
            f"(salinity {SALINITY:g}) freezes: the answer stays at that temperature there"
        )
    return found


def other_blocks(latitude: float, longitude: float, trained: float | None) -> list[str]:
    """A warning if the blocks that are given are not of the size that a model was trained on.

    Args:
        latitude, longitude: how far apart the given values are, degrees.
        trained: degrees of both of a block of the training, whose boxes have as many to each side;
            None where it is not known.
    """
    if trained is None or all(1 / NEAR < g / trained < NEAR for g in (latitude, longitude)):
        return []
    same = abs(latitude / longitude - 1) < 0.01
    apart = f"{latitude:.3g}°" if same else f"{latitude:.3g}° (latitude) × {longitude:.3g}°"
    return [
        f"the given values are {apart} apart, and the model was trained on blocks of "
        f"{trained:.3g}°: what it adds belongs to other scales; compare with an interpolation"
    ]
