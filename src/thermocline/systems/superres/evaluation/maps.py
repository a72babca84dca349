"""One super-resolved day as maps: temperature, its gradient, and what is said of the error."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.verify import style

PER = 100
"""Kilometres that gradients are shown for."""


def fig_downscaled(
    path: str | Path,
    problem: LowResolution,
    truth: NDArray | None,
    analysis: Analysis,
    *,
    uncertainty: NDArray | None = None,
    member: int = 0,
    title: str = "",
    centre: float = 180,
) -> Path:
    """Draw a day: what was asked, what is true, what was answered; a PNG.

    Args:
        problem: what was asked.
        truth: [H, W], °C; None where nobody knows it.
        analysis: [1, H, W], °C; the panels it has no values for are left out.
        uncertainty: the map u [H, W] that scales the noise, if there is one.
        member: which one to show.
        title: such as `Gulf Stream, 14 March 2008`.
        centre: meridian in the middle of a global map, degrees east.
    """
    sea = lambda field: np.where(problem.ocean, field, np.nan)
    mean = sea(analysis.mean[0])
    maps = {"Input": _on_cells(problem, problem.value), "Super-resolved (mean)": mean}
    errors = {}
    if truth is not None:
        maps = {"Truth": sea(truth)} | maps
        errors["Error of the mean"] = mean - maps["Truth"]
    if analysis.members is not None:
        maps["One member"] = sea(analysis.members[member, 0])
        errors["Member − mean"] = maps["One member"] - mean
    slope = lambda field: gradient_magnitude(field, problem.grid, np.isfinite(field))
    slopes = {name: PER * slope(field) for name, field in maps.items()}
    slopes["Input"] = PER * _on_cells(problem, _coarse_slope(problem))
    spread = _spread(analysis)
    stated = {} if spread is None else {"Stated uncertainty": sea(spread)}
    scale = {} if uncertainty is None else {"Uncertainty map": sea(uncertainty)}

    below = errors | stated | scale
    rows, columns = 2 + bool(below), max(len(maps), len(below))
    shape = float(np.clip(np.ptp(problem.grid.latitude) / np.ptp(problem.grid.longitude), 0.4, 1.2))
    # A map is 3.3 inches wide; its row needs 0.8 more for degrees and colour bar.
    size = 3.4 * columns + 0.3, (3.3 * shape + 0.8) * rows + 0.5
    figure = style.new_figure(*size, layout="compressed")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    draw = _Painter(figure, problem, centre)
    draw.row(axes[0], maps, "thermal", "Temperature (°C)")
    draw.row(axes[1], slopes, "matter", f"|∇T| (°C/{PER} km)", low=0.0)
    if errors or stated:
        # One scale for errors and what is said of them, so that they can be compared by eye.
        _, worst = style.limits(*errors.values(), *stated.values(), centred=True)
        draw.row(axes[2], errors, "balance", "Difference (°C)", low=-worst, high=worst)
        rest = axes[2][len(errors) :]
        draw.row(rest, stated, "amp", "Standard deviation (°C)", low=0.0, high=worst)
    if scale:
        draw.row(axes[2][len(below) - 1 :], scale, "tempo", "u, the noise's scale")
    for ax in axes.ravel():
        if not ax.get_title():
            ax.remove()
    if title:
        style.headline(figure, title, 13)
    return style.save(figure, path)


class _Painter:
    """Draws panels of one kind with one colour bar."""

    def __init__(self, figure: Any, problem: LowResolution, centre: float) -> None:
        self.figure, self.grid, self.centre = figure, problem.grid, centre

    def row(
        self,
        axes: NDArray,
        fields: dict[str, NDArray],
        cmap: str,
        label: str,
        *,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        """Panels from the left; limits are common to all, covering them if not given."""
        if not fields:
            return
        found = style.limits(*fields.values())
        low, high = found[0] if low is None else low, found[1] if high is None else high
        for ax, (name, field) in zip(axes, fields.items(), strict=False):
            mesh = style.draw_map(
                ax, self.grid, field, style.colour_map(cmap), low, high, self.centre
            )
            ax.set_title(name, fontsize=11)
        shown = axes[0] if len(fields) == 1 else axes[: len(fields)]
        style.colour_bar(self.figure, mesh, shown, label, "max" if low == 0 else "both")


def _on_cells(problem: LowResolution, blocks: NDArray) -> NDArray:
    """A value of each block [h, w] on its cells [H, W], NaN on land."""
    cells = np.repeat(np.repeat(blocks, problem.factor, 0), problem.factor, 1)
    return np.where(problem.ocean, cells, np.nan)


def _coarse_slope(problem: LowResolution) -> NDArray:
    """|∇T| of the block means [h, w], from block to block, °C/km."""
    axes = (problem.grid.latitude, problem.grid.longitude)
    latitude, longitude = (axis.reshape(-1, problem.factor).mean(axis=1) for axis in axes)
    return gradient_magnitude(problem.value, LatLonGrid(latitude, longitude), problem.known)


def _spread(analysis: Analysis) -> NDArray | None:
    """The stated standard deviation [H, W], or that of the members; None for a point estimate."""
    if analysis.std is not None:
        return analysis.std[0]
    if analysis.members is not None and len(analysis.members) > 1:
        return np.asarray(analysis.members[:, 0].std(axis=0, ddof=1))
    return None
