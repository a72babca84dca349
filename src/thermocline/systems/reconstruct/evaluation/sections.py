"""Down into the ocean: a section along a latitude, and a profile at one place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.verify.figures import style
from thermocline.verify.figures.maps import draw_section

BAND = 1.645
"""Standard deviations on either side that hold 90 % of a Gaussian, as answers have it."""
WEST, EAST, STEP = 130.0, 280.0, 30
"""Degrees east that a section reaches from and to, and between its ticks."""


def fig_section(
    path: str | Path,
    grid: LatLonGrid,
    depth: ArrayLike,
    truth: NDArray,
    mean: NDArray,
    std: NDArray | None = None,
    *,
    observed: NDArray[np.bool_] | None = None,
    title: str = "",
) -> Path:
    """Truth, reconstruction, error and spread along the equator, from Indonesia to America; a PNG.

    Args:
        depth: levels [C], metres; drawn on a square-root scale, which opens up the thermocline.
        truth, mean, std: [C, H, W] in °C, NaN on land.
        observed: [C, H, W]; where a column of the row drawn is observed a mark stands on top.

    Raises:
        BadData: if the section holds no water.
    """
    depth = np.asarray(depth, np.float64)
    row = int(np.argmin(np.abs(grid.latitude)))
    longitude, order = style.turned(grid, (WEST + EAST) / 2)
    inside = (longitude >= WEST) & (longitude <= EAST)
    longitude, order = longitude[inside], order[inside]
    true, estimate = truth[:, row][:, order], mean[:, row][:, order]
    if longitude.size < 2 or not np.isfinite(true).any():
        raise BadData("no water in the section", where="section along the equator")
    panels = _panels(true, estimate, None if std is None else std[:, row][:, order])
    figure = style.new_figure(9, 2.05 * len(panels) + 0.6)
    axes = figure.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for ax, panel in zip(axes, panels, strict=True):
        _draw(ax, panel, longitude, depth)
    if observed is not None:
        _mark(axes[:2], longitude[observed[:, row][:, order].any(axis=0)])
    ticks = np.arange(np.ceil(WEST / STEP) * STEP, EAST + 1, STEP)
    ticks = ticks[(ticks >= longitude[0]) & (ticks <= longitude[-1])]
    axes[-1].set_xticks(ticks, [style.longitude_label(v) for v in ticks])
    style.headline(figure, title, 12)
    return style.save(figure, path)


@dataclass(frozen=True)
class _Panel:
    """A field [C, W] of a section, °C, its colours and their limits."""

    title: str
    field: NDArray
    colours: str
    low: float
    high: float
    label: str
    extend: str = "neither"


def _panels(truth: NDArray, mean: NDArray, std: NDArray | None) -> list[_Panel]:
    error = mean - truth
    low, high = style.limits(truth, mean, quantile=1.0)
    _, worst = style.limits(error, centred=True)
    title, label = "Error: reconstruction − truth", "Temperature (°C)"
    panels = [
        _Panel("Truth", truth, "thermal", low, high, label),
        _Panel("Reconstruction", mean, "thermal", low, high, label),
        _Panel(title, error, "balance", -worst, worst, "Error (°C)", "both"),
    ]
    if std is not None:
        label = "Standard deviation (°C)"
        panels.append(_Panel("Stated uncertainty", std, "amp", 0, worst, label, "max"))
    return panels


def _draw(ax: Any, panel: _Panel, longitude: NDArray, depth: NDArray) -> None:
    colours = style.colour_map(panel.colours)
    mesh = draw_section(ax, longitude, depth, panel.field, colours, panel.low, panel.high)
    if panel.colours == "thermal":
        _isotherms(ax, longitude, depth, panel.field)
    ax.set_title(panel.title, fontsize=10, loc="left")
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.01, extend=panel.extend)
    bar.set_label(panel.label, fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _mark(axes: NDArray, longitude: NDArray) -> None:
    """Triangles on top of panels, where a column is observed; none if none is."""
    if not longitude.size:
        return
    for ax in axes:
        top = {"transform": ax.get_xaxis_transform(), "clip_on": False}
        ax.plot(longitude, np.ones_like(longitude), "v", color="black", markersize=5, **top)
    axes[0].set_title("▼ observed here", fontsize=8, loc="right")


def fig_profile(
    path: str | Path,
    depth: ArrayLike,
    truth: NDArray,
    mean: NDArray,
    std: NDArray | None = None,
    *,
    members: NDArray | None = None,
    climatology: NDArray | None = None,
    title: str = "",
) -> Path:
    """Temperature against depth at one place, and the departure from climatology beside it.

    Args:
        depth: [C], metres. The other arrays are [C] (`members` [M, C]) in °C, NaN below
            the bottom; the second panel is drawn if `climatology` is given.
    """
    depth = np.asarray(depth, np.float64)
    reference = [np.zeros_like(depth)] + ([climatology] if climatology is not None else [])
    figure = style.new_figure(4.3 * len(reference) + 0.4, 5.6)
    axes = figure.subplots(1, len(reference), sharey=True, squeeze=False)[0]
    for ax, origin in zip(axes, reference, strict=True):
        if std is not None:
            low, high = mean - BAND * std - origin, mean + BAND * std - origin
            ax.fill_betweenx(depth, low, high, color="#005f86", alpha=0.18, lw=0, label="90 % band")
        if members is not None:
            for number, member in enumerate(members):
                label = "Members" if number == 0 else None
                ax.plot(member - origin, depth, color="#005f86", alpha=0.35, lw=0.7, label=label)
        if climatology is not None:
            ax.plot(climatology - origin, depth, "--", color="#8d8d8d", lw=1.3, label="Climatology")
        ax.plot(mean - origin, depth, color="#005f86", lw=2, label="Reconstruction")
        ax.plot(truth - origin, depth, color="black", lw=1.6, label="Truth")
        ax.grid(alpha=0.25)
    style.depth_axis(axes[0], depth)
    axes[0].set_xlabel("Temperature (°C)")
    if climatology is not None:
        axes[1].set_xlabel("Departure from climatology (°C)")
    axes[0].legend(fontsize=8, loc="lower right", framealpha=0.9)
    if title:
        style.headline(figure, title, 12)
    return style.save(figure, path)


def _isotherms(ax: Any, longitude: NDArray, depth: NDArray, field: NDArray) -> None:
    """Lines every 4 °C, so that the eye can follow the thermocline."""
    values = np.ma.masked_invalid(field)
    first, last = np.ceil(values.min() / 4) * 4, values.max()
    if last > first:
        lines = ax.contour(
            longitude, depth, values, np.arange(first, last, 4), colors="white", linewidths=0.7
        )
        # On a ground of their own: pieces of a line beside a number read as a minus.
        for label in ax.clabel(lines, fmt="%g", fontsize=7, inline=False, colors="white"):
            label.set_bbox({"facecolor": "#333333", "edgecolor": "none", "pad": 0.6, "alpha": 0.7})
