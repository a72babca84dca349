"""Checks of sea ice: directions of velocities, and concentrations in per cent."""

from numpy.typing import NDArray

from thermocline.errors import BadData

VARIABLES = ("siconc", "sithick", "simass", "siu", "siv", "damage")
"""Variables of sea ice: they are at the surface, and ice does not speak against their values."""
_MISLABELLED = 0.05
"""Share of positive concentrations above 1 from which they must be per cent."""
_CODES = 2.0
"""Values up to this may be unpacked flags, such as NSIDC's 254 for land, which becomes 1.016."""
_FIX = "remove values that are not concentrations, such as flags for land that were unpacked"
_TRACE = 0.01
"""Concentrations up to this may mean no ice, as a fraction or in per cent."""


def check_components(name: str, standard: str, grid: str, where: str) -> None:
    """Raise BadData for eastward and northward components on a grid with other directions."""
    if standard.startswith(("eastward", "northward")) and grid != "rectilinear":
        raise BadData(
            f"{name} is {standard}, which is not along the x or y of its grid",
            where=where,
            fix="rotate the components to the directions of the grid first",
        )


def check_percent(stored: NDArray, scale: float, name: str, where: str) -> bool:
    """Whether the values show that their unit is right, so that no others need to be read.

    Args:
        stored: some values, in the file's unit.
        scale: factor to fractions.

    Raises:
        BadData: for values above 1 whose unit is that of a fraction.
    """
    positive = stored[(stored > 0) & (stored <= 100.001)]
    if scale == 1.0 and positive.size and (positive > 1.001).mean() > _MISLABELLED:
        greatest = positive.max()
        fix = "set its units to '%', or convert it" if greatest > _CODES else _FIX
        said = f"is a fraction by its units, or has none, but has values up to {greatest:.3g}"
        raise BadData(f"{name} {said}", where=where, fix=fix)
    return scale != 0.01 or bool((positive > 1.001).any())


def refuse_percent(greatest: float, name: str, where: str) -> None:
    """Raise BadData for concentrations whose unit is per cent, but which are all at most 1."""
    if greatest > _TRACE:
        raise BadData(
            f"{name} is per cent by its units, but no value is above 1",
            where=where,
            fix="set its units to '1', or convert the values",
        )
