"""Maps at three depths: truth, observations, reconstruction, its error and its spread."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.grid import LatLonGrid
from thermocline.verify import style


def fig_maps(
    path: str | Path,
    grid: LatLonGrid,
    depth: ArrayLike,
    truth: NDArray,
    observations: NDArray,
    mean: NDArray,
    std: NDArray | None = None,
    *,
    at: Sequence[float] = (5, 100, 500),
    anomaly: bool = False,
    title: str = "",
    unit: str = "°C",
    centre: float = 180,
) -> Path:
    """Draw one state at the levels nearest to the depths `at` and write a PNG.

    Args:
        path: where to.
        grid: of the fields.
        depth: levels [C], metres.
        truth, mean, std: [C, H, W] in `unit`, NaN on land; without `std` no spread is drawn.
        observations: observed values [C, H, W], NaN where there are none.
        anomaly: the fields are departures from climatology, drawn around 0.
        centre: meridian in the middle, degrees east.

    Returns:
        `path`.
    """
    levels = sorted({int(np.argmin(np.abs(np.asarray(depth) - d))) for d in at})
    columns = ["Truth", "Observations", "Reconstruction", "Error"]
    columns += ["Stated uncertainty"] if std is not None else []
    shape = float(np.clip(np.ptp(grid.latitude) / np.ptp(grid.longitude), 0.4, 1.2))
    # A map is 3.3 inches wide; its row needs 0.8 more for degrees and colour bar.
    figure = style.new_figure(
        3.4 * len(columns) + 0.3, (3.3 * shape + 0.8) * len(levels) + 0.4, layout="compressed"
    )
    axes = figure.subplots(len(levels), len(columns), squeeze=False, sharex=True, sharey=True)
    field_map = style.colour_map("balance" if anomaly else "thermal")
    ocean = np.isfinite(truth)
    for row, level in enumerate(levels):
        line = axes[row]
        low, high = style.limits(truth[level], mean[level], centred=anomaly)
        error = mean[level] - truth[level]
        _, worst = style.limits(error, centred=True)
        shown: list[Any] = [
            style.draw_map(line[0], grid, truth[level], field_map, low, high, centre)
        ]
        style.draw_coast(line[1], grid, ocean[level], centre)
        _draw_observations(
            line[1], grid, ocean[level], observations[level], field_map, (low, high), centre
        )
        style.draw_map(line[2], grid, mean[level], field_map, low, high, centre)
        shown.append(
            style.draw_map(line[3], grid, error, style.colour_map("balance"), -worst, worst, centre)
        )
        style.colour_bar(
            figure, shown[0], line[:3], f"{'Anomaly' if anomaly else 'Temperature'} ({unit})"
        )
        style.colour_bar(figure, shown[1], line[3], f"Reconstruction − truth ({unit})")
        if std is not None:
            # The error's own scale, so that the two can be compared by eye.
            spread = style.draw_map(
                line[4], grid, std[level], style.colour_map("amp"), 0, worst, centre
            )
            style.colour_bar(figure, spread, line[4], f"Standard deviation ({unit})", extend="max")
        line[0].set_ylabel(f"{np.asarray(depth)[level]:g} m", fontsize=11, fontweight="bold")
    for name, top in zip(columns, axes[0], strict=True):
        top.set_title(name, fontsize=11)
    if title:
        style.headline(figure, title, 13)
    return style.save(figure, path)


def _draw_observations(
    axes: Any,
    grid: LatLonGrid,
    ocean: NDArray[np.bool_],
    values: NDArray,
    cmap: Any,
    span: tuple[float, float],
    centre: float,
) -> None:
    """Dots in the colour of their value on a white sea."""
    blank = np.where(ocean, 0.0, np.nan)
    style.draw_map(axes, grid, blank, _white(), 0, 1, centre)
    rows, columns = np.nonzero(np.isfinite(values))
    longitude, order = style.turned(grid, centre)
    place = np.argsort(order)
    size = float(np.clip(1800 / max(rows.size, 1), 2.5, 14))
    axes.scatter(
        longitude[place[columns]],
        grid.latitude[rows],
        c=values[rows, columns],
        s=size,
        cmap=cmap,
        vmin=span[0],
        vmax=span[1],
        linewidths=0.2,
        edgecolors="#333333",
    )


def _white() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(["white"]).with_extremes(bad=style.LAND)
