"""What is particular to sea ice: components and percentages."""

from numpy.typing import NDArray

from thermocline.errors import BadData

VARIABLES = ("siconc", "sithick", "simass", "siu", "siv", "damage")
"""Variables of sea ice: at the surface, and not missing where there is ice."""
_MISLABELLED = 0.05
"""Share of positive concentrations that tells per cent from fractions."""
_CODES = 2.0
"""To this number there may be what flags such as NSIDC's for land, 254, were unpacked to: 1.016."""
_FIX = "take away what is no concentration, such as flags for land that were unpacked with the rest"
_TRACE = 0.01
"""Concentrations to this number may be what is left of no ice, in either unit."""


def check_components(name: str, standard: str, grid: str, where: str) -> None:
    """Raise BadData for components to the east and north on a grid whose lines go elsewhere."""
    if standard.startswith(("eastward", "northward")) and grid != "rectilinear":
        raise BadData(
            f"{name} is {standard}, which is not along the x or y of its grid",
            where=where,
            fix="turn the components to the grid's own directions first",
        )


def check_percent(stored: NDArray, scale: float, name: str, where: str) -> bool:
    """Whether values agree with their unit, so that no more of them need be looked at.

    Args:
        stored: values in the file's own unit; some of them are enough.
        scale: by which they become fractions.

    Raises:
        BadData: for values above 1 said to be fractions.
    """
    positive = stored[(stored > 0) & (stored <= 100.001)]
    if scale == 1.0 and positive.size and (positive > 1.001).mean() > _MISLABELLED:
        greatest = positive.max()
        fix = "set its units to '%', or convert it" if greatest > _CODES else _FIX
        said = f"is a fraction, or says nothing, and has values to {greatest:.3g}"
        raise BadData(f"{name} {said}", where=where, fix=fix)
    return scale != 0.01 or bool((positive > 1.001).any())


def refuse_percent(greatest: float, name: str, where: str) -> None:
    """Raise BadData for concentrations said to be per cent of which the greatest is a fraction."""
    if greatest > _TRACE:
        raise BadData(
            f"{name} is said to be per cent, and none of it is above 1",
            where=where,
            fix="set its units to '1', or convert the values",
        )
