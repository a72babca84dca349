"""Maps of how two models' answers to the same observations differ, and what each is sure of."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.grid import LatLonGrid
from thermocline.verify import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    unit: str = "°C",
    centre: float = 180,
) -> Path:
    """Difference of the means and both stated uncertainties at the levels nearest to `at`; a PNG.

    Args:
        depth: levels [C], metres.
        means, stds: of A and of B, each [C, H, W] in `unit`, NaN on land.
        names: what readers call A and B, short.
        observed: where observations were [C, H, W], drawn as dots on the difference.
        centre: meridian in the middle, degrees east.

    Returns:
        `path`.
    """
    depth = np.asarray(depth, np.float64)
    levels = sorted({int(np.argmin(np.abs(depth - d))) for d in at})
    shape = float(np.clip(np.ptp(grid.latitude) / np.ptp(grid.longitude), 0.4, 1.2))
    # A map is 4 inches wide; its row needs 0.8 more for degrees and colour bar.
    figure = style.new_figure(12.6, (4 * shape + 0.8) * len(levels) + 0.6, layout="compressed")
    axes = figure.subplots(len(levels), 3, squeeze=False, sharex=True, sharey=True)
    balance, amp = style.colour_map("balance"), style.colour_map("amp")
    for line, level in zip(axes, levels, strict=True):
        gap = means[0][level] - means[1][level]
        low, high = style.limits(gap, centred=True)
        mesh = style.draw_map(line[0], grid, gap, balance, low, high, centre)
        label = f"{names[0]} − {names[1]} ({unit}); red: {names[0]} is warmer"
        style.colour_bar(figure, mesh, line[0], label)
        if observed is not None:
            _dots(line[0], grid, observed[level], centre)
        # One scale for both, so that the two can be compared by eye.
        _, top = style.limits(stds[0][level], stds[1][level])
        for place, std in zip(line[1:], stds, strict=True):
            mesh = style.draw_map(place, grid, std[level], amp, 0, top, centre)
        style.colour_bar(figure, mesh, line[1:], f"Standard deviation ({unit})", extend="max")
        line[0].set_ylabel(f"{depth[level]:g} m", fontsize=11, fontweight="bold")
    dots = "" if observed is None else " (dots: observed)"
    heads = [f"Difference of the means{dots}"]
    heads += [f"Uncertainty stated by {name}" for name in names]
    for head, place in zip(heads, axes[0], strict=True):
        place.set_title(head, fontsize=11)
    if title:
        style.headline(figure, title, 12)
    return style.save(figure, path)


def _dots(axes: "Axes", grid: LatLonGrid, observed: NDArray[np.bool_], centre: float) -> None:
    """A dot where something was observed."""
    rows, columns = np.nonzero(observed)
    longitude, order = style.turned(grid, centre)
    axes.scatter(
        longitude[np.argsort(order)[columns]],
        grid.latitude[rows],
        s=float(np.clip(900 / max(rows.size, 1), 0.8, 9)),
        color="black",
        edgecolors="white",
        linewidths=0.5 if rows.size < 400 else 0,
    )
