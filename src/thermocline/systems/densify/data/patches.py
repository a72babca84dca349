"""Square patches of a region, without those that are too much land."""

import re

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.observe.tiles import Line

Patch = tuple[slice, slice]


def patch_name(region: str, number: int) -> str:
    """What a patch of a region is called."""
    return f"{region}_{number}"


def whole_region(name: str) -> str:
    """The region that a patch is of; of two regions called `box_1` and `box_2` both are `box`."""
    return re.sub(r"_\d+$", "", name)


def patches(ocean: NDArray[np.bool_], size: int, overlap: int, land: float) -> list[Patch]:
    """Rows and columns of patches of size × size cells that share at least `overlap`.

    Args:
        ocean: of the region [H, W]; a side shorter than `size` has patches of its length.
        land: the greatest share of land that a patch may have.

    Raises:
        BadData: if all are too much land.
    """
    lines = [Line(count, size, min(overlap, size - 1), False, 1) for count in ocean.shape]
    rows, columns = (
        [slice(start, start + min(size, line.blocks)) for start in line.starts] for line in lines
    )
    found = [(i, j) for i in rows for j in columns if 1 - ocean[i, j].mean() <= land]
    if not found:
        raise BadData(
            f"every patch of {size} cells is more than {land:.0%} land",
            where="patches",
            fix="move the region, or allow more land",
        )
    return found
