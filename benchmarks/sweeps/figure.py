"""A grid's scores as a figure: means of pairs, and each seed's score beside them."""

from pathlib import Path

import numpy as np
from benchmarks.sweeps.grid import GRIDS
from numpy.typing import NDArray

from thermocline.verify.figures.style import BLUE, GREY, colour_map, headline, new_figure, save

INK = "#222222"


def draw(system: str, scores: NDArray, own: tuple[int, int], said: str, path: Path) -> Path:
    """Write the figure of [rows, columns, seeds]; `own` is the pair of params.yaml.

    Left, the mean of each pair's CRPS in per cent of that of params.yaml's pair, with the standard
    deviation of its seeds. Right, every seed's, pairs in the order of their means.
    """
    grid, reference = GRIDS[system], scores[own].mean()
    percent = 100 * (scores / reference - 1)
    rows, columns, seeds = scores.shape
    figure = new_figure(5.4 + 1.2 * columns, 1.9 + 0.3 * rows * columns)
    left, right = figure.subplots(1, 2, width_ratios=[columns, 3])
    _means(left, percent, own)
    left.set_xticks(range(columns), [f"{value}" for value in grid.columns[1]])
    left.set_yticks(range(rows), [f"{value}" for value in grid.rows[1]])
    left.set(xlabel=grid.columns[0], ylabel=grid.rows[0], title="mean ± deviation of seeds (%)")
    _seeds(right, percent, grid.rows[1], grid.columns[1], own)
    right.set(xlabel="validation CRPS against params.yaml (%)", title=f"{seeds} seeds each")
    for axes in (left, right):
        axes.title.set_fontsize(9)
    headline(figure, said, 10)
    return save(figure, path)


def _means(axes, percent: NDArray, own: tuple[int, int]) -> None:
    mean, spread = percent.mean(axis=-1), percent.std(axis=-1, ddof=1)
    top = max(float(np.abs(mean).max()), 1e-9)
    axes.imshow(mean, cmap=colour_map("balance"), vmin=-top, vmax=top, aspect="auto")
    for place, value in np.ndenumerate(mean):
        ink = "white" if abs(value) > 0.6 * top else INK
        words = "params.yaml" if place == own else f"{value:+.1f}"
        text = f"{words}\n± {spread[place]:.1f}"
        axes.text(place[1], place[0], text, ha="center", va="center", color=ink, size=8)
    axes.tick_params(length=0)


def _seeds(axes, percent: NDArray, rows: tuple, columns: tuple, own: tuple[int, int]) -> None:
    order = sorted(np.ndindex(percent.shape[:2]), key=lambda pair: percent[pair].mean())
    for height, pair in enumerate(order):
        colour = BLUE if pair == own else GREY
        axes.plot(percent[pair], np.full(percent.shape[-1], height), "o", color=colour, ms=4)
        axes.plot(percent[pair].mean(), height, "|", color=colour, ms=14, mew=2)
    axes.axvline(0, color=BLUE, lw=0.8, zorder=0)
    axes.set_yticks(range(len(order)), [f"{rows[i]}, {columns[j]}" for i, j in order], size=7)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
