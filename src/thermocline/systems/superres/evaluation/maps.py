"""Maps of a super-resolved day: temperature, its gradient, and its uncertainty."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.downscaling import LowResolution
from thermocline.ocean.gradient import gradient_magnitude
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.verify.figures import style
from thermocline.verify.figures.maps import draw_row, sheet

PER = 100
"""Kilometres that gradients are shown for."""
NOISE_SCALE = "u: factor of the diffusion's noise at each place"


def fig_downscaled(
    path: str | Path,
    problem: LowResolution,
    truth: NDArray | None,
    analysis: Analysis,
    *,
    uncertainty: NDArray | None = None,
    title: str = "",
) -> Path:
    """Draw the input, the truth and the answer of a day; a PNG.

    Args:
        problem: the input.
        truth: [H, W], °C; None if unknown.
        analysis: [1, H, W], °C; the panels it has no values for are left out.
        uncertainty: the map u [H, W] that scales the noise, if there is one.
        title: such as `Gulf Stream, 14 March 2008`.
    """
    sea = lambda field: np.where(problem.ocean, field, np.nan)
    mean = sea(analysis.mean[0])
    maps = {"Input": _on_cells(problem, problem.value), "Super-resolved (mean)": mean}
    errors = {}
    if truth is not None:
        maps = {"Truth": sea(truth)} | maps
        errors["Error of the mean"] = mean - maps["Truth"]
    if analysis.members is not None:
        maps["One member"] = sea(analysis.members[0, 0])
        errors["Member − mean"] = maps["One member"] - mean
    slope = lambda field: gradient_magnitude(field, problem.grid, np.isfinite(field))
    slopes = {name: PER * slope(field) for name, field in maps.items()}
    slopes["Input"] = PER * _on_cells(problem, _coarse_slope(problem))
    spread = _spread(analysis)
    stated = {} if spread is None else {"Stated uncertainty": sea(spread)}
    scale = {} if uncertainty is None else {"Uncertainty map": sea(uncertainty)}

    below = errors | stated | scale
    rows, columns = 2 + bool(below), max(len(maps), len(below))
    figure, axes = sheet(problem.grid, rows, columns)
    draw = partial(draw_row, figure, grid=problem.grid)
    draw(axes[0], fields=maps, cmap="thermal", label="Temperature (°C)", span=limits(maps))
    span, label = (0.0, limits(slopes)[1]), f"|∇T| (°C/{PER} km)"
    draw(axes[1], fields=slopes, cmap="matter", label=label, span=span)
    if errors or stated:
        # One scale for errors and stated uncertainty, to compare them by eye.
        _, worst = limits(errors | stated, centred=True)
        span, label = (-worst, worst), "Difference (°C)"
        draw(axes[2], fields=errors, cmap="balance", label=label, span=span)
        rest, span, label = axes[2][len(errors) :], (0.0, worst), "Standard deviation (°C)"
        draw(rest, fields=stated, cmap="amp", label=label, span=span)
    if scale:
        rest, span = axes[2][len(below) - 1 :], limits(scale)
        draw(rest, fields=scale, cmap="tempo", label=NOISE_SCALE, span=span)
    for ax in axes.ravel():
        if not ax.get_title():
            ax.remove()
    if title:
        style.headline(figure, title, 13)
    return style.save(figure, path)


def limits(fields: dict[str, NDArray], centred: bool = False) -> tuple[float, float]:
    """Colour limits that maps share."""
    return style.limits(*fields.values(), centred=centred)


def _on_cells(problem: LowResolution, blocks: NDArray) -> NDArray:
    """A value of each block [h, w] on its cells [H, W], NaN on land."""
    cells = np.repeat(np.repeat(blocks, problem.factor, 0), problem.factor, 1)
    return np.where(problem.ocean, cells, np.nan)


def _coarse_slope(problem: LowResolution) -> NDArray:
    """|∇T| of the block means [h, w], from block to block, °C/km."""
    axes = (problem.grid.latitude, problem.grid.longitude)
    latitude, longitude = (axis.reshape(-1, problem.factor).mean(axis=1) for axis in axes)
    return gradient_magnitude(problem.value, LatLonGrid(latitude, longitude), problem.observed)


def _spread(analysis: Analysis) -> NDArray | None:
    """The stated standard deviation [H, W], or that of the members; None for a point estimate."""
    if analysis.std is not None:
        return analysis.std[0]
    if analysis.members is not None and len(analysis.members) > 1:
        return np.asarray(analysis.members[:, 0].std(axis=0, ddof=1))
    return None
