"""What is particular to sea ice: components and percentages."""

from numpy.typing import NDArray

from thermocline.errors import BadData

VARIABLES = ("siconc", "sithick", "simass", "siu", "siv", "damage")
"""Variables of sea ice: at the surface, and not missing where there is ice."""
_MISLABELLED = 0.05
"""Share of positive concentrations that tells per cent from fractions."""


def check_components(name: str, standard: str, grid: str, where: str) -> None:
    """Raise BadData for components to the east and north on a grid whose lines go elsewhere."""
    if standard.startswith(("eastward", "northward")) and grid != "rectilinear":
        raise BadData(
            f"{name} is {standard}, which is not along the x or y of its grid",
            where=where,
            fix="turn the components to the grid's own directions first",
        )


def check_percent(stored: NDArray, scale: float, name: str, where: str) -> None:
    """Raise BadData for fractions said to be per cent, or the reverse.

    Args:
        stored: values in the file's own unit; some of them are enough.
        scale: by which they become fractions.
    """
    positive = stored[(stored > 0) & (stored <= 100.001)]
    if not positive.size or scale not in (1.0, 0.01):
        return
    if scale == 1.0 and (positive > 1.001).mean() > _MISLABELLED:
        said, fix = "a fraction, or says nothing, and has values to 100", "set its units to '%'"
    elif scale == 0.01 and positive.max() <= 1.001 and (positive > 0.9).mean() > _MISLABELLED:
        said, fix = "said to be per cent, and none of it is above 1", "set its units to '1'"
    else:
        return
    raise BadData(f"{name} is {said}", where=where, fix=f"{fix}, or convert the values")
