"""Rows of maps that share a scale and a colour bar, one state at several depths, a section."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.ocean.axes import cell_edges
from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.figures import style


def shape_of(grid: LatLonGrid) -> float:
    """Height of a map over its width, within what a page can hold."""
    return float(np.clip(np.ptp(grid.latitude) / np.ptp(grid.longitude), 0.4, 1.2))


def sheet(grid: LatLonGrid, rows: int, columns: int, width: float = 3.3) -> tuple[Any, NDArray]:
    """A figure, and its axes [rows, columns], for maps `width` inches wide."""
    # A row needs 0.8 inches more than its maps for degrees and colour bar.
    size = (width + 0.1) * columns + 0.3, (width * shape_of(grid) + 0.8) * rows + 0.5
    figure = style.new_figure(*size, layout="compressed")
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)


def draw_row(
    figure: Any,
    axes: NDArray,
    grid: LatLonGrid,
    fields: Mapping[str, NDArray],
    cmap: str,
    label: str,
    span: tuple[float, float],
) -> None:
    """Maps of `fields`, title → [H, W], on the first of `axes`, with one colour bar below them.

    Args:
        cmap: a name of cmocean's.
        label: of the colour bar.
        span: the values of its ends.
    """
    if not fields:
        return
    for ax, (name, field) in zip(axes, fields.items(), strict=False):
        mesh = style.draw_map(ax, grid, field, style.colour_map(cmap), *span)
        ax.set_title(name, fontsize=11)
    below = axes[0] if len(fields) == 1 else axes[: len(fields)]
    style.colour_bar(figure, mesh, below, label, "max" if span[0] == 0 else "both")


def levels_near(depth: ArrayLike, at: Sequence[float]) -> list[int]:
    """Indices of the levels nearest to the depths `at`, each once."""
    return sorted({int(np.argmin(np.abs(np.asarray(depth) - d))) for d in at})


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
) -> Path:
    """Draw one state at the levels nearest to the depths `at`, a row each; a PNG.

    Args:
        depth: levels [C], metres.
        truth, mean, std: [C, H, W] in °C, NaN on land; without `std` no spread is drawn.
        observations: observed values [C, H, W], NaN where there are none.
        anomaly: the fields are departures from climatology, drawn around 0.
    """
    levels = levels_near(depth, at)
    figure, axes = sheet(grid, len(levels), 4 if std is None else 5)
    colours, what = ("balance", "Anomaly") if anomaly else ("thermal", "Temperature")
    for row, (line, level) in enumerate(zip(axes, levels, strict=True)):
        span = style.limits(truth[level], mean[level], centred=anomaly)
        blank = np.where(np.isfinite(truth[level]), span[0], np.nan)
        shown = {"Truth": truth[level], "Observations": blank, "Reconstruction": mean[level]}
        draw_row(figure, line, grid, shown, colours, f"{what} (°C)", span)
        (line[1].images or line[1].collections)[0].set_cmap(style.plain())
        dots(line[1], grid, observations[level], style.colour_map(colours), span)
        error = {"Error": mean[level] - truth[level]}
        _, worst = style.limits(error["Error"], centred=True)
        label = "Reconstruction − truth (°C)"
        draw_row(figure, line[3:], grid, error, "balance", label, (-worst, worst))
        if std is not None:
            # The error's own scale, so that the two can be compared by eye.
            spread, label = {"Stated uncertainty": std[level]}, "Standard deviation (°C)"
            draw_row(figure, line[4:], grid, spread, "amp", label, (0, worst))
        label_row(line, f"{np.asarray(depth)[level]:g} m", row)
    if title:
        style.headline(figure, title, 13)
    return style.save(figure, path)


def label_row(axes: NDArray, text: str, row: int) -> None:
    """What a row of maps is of; titles of columns are on the first row alone."""
    axes[0].set_ylabel(text, fontsize=11, fontweight="bold")
    for ax in axes if row else ():
        ax.set_title("")


def dots(
    axes: Any,
    grid: LatLonGrid,
    values: NDArray,
    cmap: Any = None,
    span: tuple[float, float] | None = None,
    centre: float = 180,
) -> None:
    """A dot at every value [H, W] that is not NaN: in its colour, or black without `cmap`."""
    rows, columns = np.nonzero(np.isfinite(values))
    longitude, order = style.turned(grid, centre)
    place = longitude[np.argsort(order)[columns]], grid.latitude[rows]
    if cmap is None or span is None:
        size = float(np.clip(900 / max(rows.size, 1), 0.8, 9))
        width = 0.5 if rows.size < 400 else 0
        axes.scatter(*place, s=size, color="black", edgecolors="white", linewidths=width)
        return
    look = {"cmap": cmap, "vmin": span[0], "vmax": span[1], "linewidths": 0.2}
    size = float(np.clip(1800 / max(rows.size, 1), 2.5, 14))
    axes.scatter(*place, c=values[rows, columns], s=size, edgecolors="#333333", **look)


def draw_section(
    ax: Any,
    longitude: NDArray,
    depth: NDArray,
    field: NDArray,
    cmap: Any,
    low: float,
    high: float,
) -> Any:
    """A section [C, W] over longitudes [W] and depths [C], metres; NaN is land. The mesh."""
    west, east = cell_edges(longitude, -360, 720)
    top, bottom = cell_edges(depth, 0, 12_000)
    top[0] = 0
    mesh = ax.pcolormesh(
        np.append(west, east[-1]),
        np.append(top, bottom[-1]),
        np.ma.masked_invalid(field),
        cmap=cmap,
        vmin=low,
        vmax=high,
    )
    style.depth_axis(ax, depth)
    ax.set_ylim(depth[-1], 0)
    ax.tick_params(labelsize=8)
    return mesh
