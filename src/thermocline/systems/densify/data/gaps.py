"""Filling of surface fields in gaps near the coast, and of columns below the sea floor.

Methods work on whole columns of one sea mask. Gaps take the value of the nearest cell with one;
levels below the floor are never part of an answer or a score.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from thermocline.errors import BadData

FEWEST = 0.5
"""Smallest share of the sea that a surface field has to cover."""


def filled_surface(
    field: NDArray[np.float32], ocean: NDArray[np.bool_], what: str, where: Path
) -> NDArray[np.float32]:
    """A field [H, W] with a value everywhere in a sea [H, W], that of the nearest cell in gaps.

    The coast of products differs from that of the model.

    Args:
        what, where: the field in words, and its file, for errors.

    Raises:
        BadData: if it covers less than half of the sea.
    """
    known = np.isfinite(field)
    gaps = ocean & ~known
    share = 1 - gaps.sum() / max(ocean.sum(), 1)
    if share < FEWEST:
        raise BadData(
            f"{what} has values in {share:.0%} of the region's sea",
            where=str(where),
            fix="give a product without gaps (level 4), or move the region",
        )
    if not gaps.any():
        return field
    return np.where(gaps, field[nearest(known)], field)


def continued(
    values: NDArray[np.float32], wet: NDArray[np.bool_], what: str
) -> NDArray[np.float32]:
    """States [N, C, H, W], filled in place below the floor with values of the nearest water.

    Args:
        wet: where each channel has water [C, H, W].
        what: the states in words, for errors.

    Raises:
        BadData: if a channel has no water at all, or a state has a gap in its water.
    """
    if not wet.any(axis=(1, 2)).all():
        none = int(np.argmin(wet.any(axis=(1, 2))))
        raise BadData(
            f"channel {none} of {what} lies below the sea floor everywhere",
            where="prepared data",
            fix="give higher levels in densify.data.depth, or another region",
        )
    gaps = wet & np.isnan(values.sum(axis=0))
    if gaps.any():
        raise BadData(
            f"{gaps.any(axis=(1, 2)).sum()} channels of {what} have no value in places where they "
            f"have one on other days; {gaps.any(axis=0).sum()} cells in all",
            where="prepared data",
            fix="use one land mask for all times, or leave those times out",
        )
    for channel, water in enumerate(wet):
        below = wet[0] & ~water
        if below.any():
            rows, columns = (index[below] for index in nearest(water))
            values[:, channel, below] = values[:, channel, rows, columns]
    return values


def nearest(known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of the known cell that is nearest to each [H, W]."""
    _, (rows, columns) = distance_transform_edt(~known, return_indices=True)
    return rows, columns
