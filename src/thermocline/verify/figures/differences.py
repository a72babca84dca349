"""Maps of how two models' answers to the same observations differ, and what each is sure of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.figures import style
from thermocline.verify.figures.maps import dots, draw_row, label_row, levels_near, sheet


def fig_differences(
    path: str | Path,
    grid: LatLonGrid,
    depth: ArrayLike,
    means: tuple[NDArray, NDArray],
    stds: tuple[NDArray, NDArray],
    names: tuple[str, str],
    *,
    observed: NDArray[np.bool_] | None = None,
    at: Sequence[float] = (5, 100, 500),
    title: str = "",
) -> Path:
    """Difference of the means and both stated uncertainties at the levels nearest to `at`; a PNG.

    Args:
        depth: levels [C], metres.
        means, stds: of A and of B, each [C, H, W] in °C, NaN on land.
        names: what readers call A and B, short.
        observed: where observations were [C, H, W], drawn as dots on the difference.

    Returns:
        `path`.
    """
    depth = np.asarray(depth, np.float64)
    levels = levels_near(depth, at)
    figure, axes = sheet(grid, len(levels), 3, width=4.0)
    dotted = "" if observed is None else " (dots: observed)"
    for row, (line, level) in enumerate(zip(axes, levels, strict=True)):
        gap = {f"Difference of the means{dotted}": means[0][level] - means[1][level]}
        span = style.limits(*gap.values(), centred=True)
        label = f"{names[0]} − {names[1]} (°C); red: {names[0]} is warmer"
        draw_row(figure, line, grid, gap, "balance", label, span)
        if observed is not None:
            dots(line[0], grid, np.where(observed[level], 0.0, np.nan))
        # One scale for both, so that the two can be compared by eye.
        _, top = style.limits(stds[0][level], stds[1][level])
        stated = {
            f"Uncertainty stated by {name}": std[level]
            for name, std in zip(names, stds, strict=True)
        }
        label = "Standard deviation (°C)"
        draw_row(figure, line[1:], grid, stated, "amp", label, (0, top))
        label_row(line, f"{depth[level]:g} m", row)
    if title:
        style.headline(figure, title, 12)
    return style.save(figure, path)
