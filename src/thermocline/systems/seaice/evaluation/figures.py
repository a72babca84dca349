"""The figures of a report: a reconstruction, generated states, spectra, and what all cases say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.case import Case
from thermocline.ocean.problem import Analysis
from thermocline.systems.seaice.data.physics import CONCENTRATION
from thermocline.systems.seaice.data.raw import NAMES
from thermocline.systems.seaice.data.states import Ice, States
from thermocline.systems.seaice.evaluation.maps import SCALES, SPREAD, draw_polar
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.board.text import date
from thermocline.verify.figures import style
from thermocline.verify.figures.calibration import fig_rank_histogram
from thermocline.verify.figures.comparison import fig_summary
from thermocline.verify.metrics.ice_edge import THRESHOLD
from thermocline.verify.metrics.isotropic import isotropic_spectra

SEASONS = {3: "March", 9: "September"}
UNSEEN = "#f3cfd8"
"""Of sea that is not observed: neither a concentration nor a thickness has this colour."""
OBSERVED = ("siconc", "sithick")
WAVELENGTHS = (5000, 3000, 2000, 1500, 1000, 500, 300, 200, 100, 50, 20)
"""Kilometres that axes show."""


def draw_figures(
    folder: Path,
    board: Board,
    examples: Sequence[tuple[Case, Analysis]],
    generated: NDArray,
    store: States,
) -> None:
    """Draw everything into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(row.variable for row in board.rows):
        own = replace(board, rows=[row for row in board.rows if row.variable == name])
        fig_summary(folder / f"summary_{name}.png", own)
        if name in OBSERVED:
            fig_rank_histogram(folder / f"rank_histogram_{name}.png", own)
    truth = store.states("test", len(generated))
    fig_generated(folder / "generated.png", generated, truth, store)
    fig_spectra(folder / "spectra.png", generated, truth, store)
    for case, answer in examples:
        if case.problem.observations:
            percent = f"{100 * case.density:g}"
            fig_reconstruction(folder / f"reconstruction_{percent}.png", case, answer, store)


def fig_generated(path: Path, generated: NDArray, truth: Ice, store: States) -> None:
    """A state of the truth and a generated one of March and of September, all variables.

    The line is where the truth's years have ice in 15 % of the days of that month.
    """
    columns = [
        (f"{name}, {what}", states[truth.month == month][0], month)
        for month, name in SEASONS.items()
        if (truth.month == month).any()
        for what, states in (("truth", truth.values), ("generated", generated))
    ]
    figure = style.new_figure(2.6 * len(columns) + 0.6, 2.6 * len(NAMES), layout="compressed")
    axes = figure.subplots(len(NAMES), len(columns), squeeze=False)
    edges = {month: _climatological_edge(truth, month) for month in SEASONS}
    for row, name in enumerate(NAMES):
        cmap, label, low, high = SCALES[name]
        for column, (title, state, month) in enumerate(columns):
            ax, edge = axes[row, column], edges[month]
            mesh = draw_polar(ax, store.grid, store.ocean, state[row], cmap, low, high, edge)
            if row == 0:
                ax.set_title(title, fontsize=10)
        style.colour_bar(figure, mesh, axes[row], label, _beyond(name))
    style.headline(figure, "Line: edge of the ice in the truth's years (15 % of days)")
    style.save(figure, path)


def fig_reconstruction(path: Path, case: Case, answer: Analysis, store: States) -> None:
    """Truth, observations, mean and deviation of concentration and thickness."""
    figure = style.new_figure(11.5, 6.0, layout="compressed")
    axes = figure.subplots(len(OBSERVED), 4, squeeze=False)
    for row, name in enumerate(OBSERVED):
        channel = NAMES.index(name)
        cmap, label, low, high = SCALES[name]
        seen = np.full(store.ocean.shape, np.nan)
        for each in case.problem.observations:
            hit = each.operator.adjoint(np.ones(each.operator.size))[channel] > 0
            seen[hit] = each.operator.adjoint(np.asarray(each.y, float))[channel][hit]
        fields = (case.truth[channel], seen, answer.mean[channel])
        for ax, field, title in zip(axes[row], fields, ("Truth", "Observed", "Mean"), strict=False):
            edge = None if field is seen else fields[0] if name == "siconc" else None
            ground = UNSEEN if field is seen else "white"
            mesh = draw_polar(ax, store.grid, store.ocean, field, cmap, low, high, edge, ground)
            ax.set_title(title, fontsize=10)
        style.colour_bar(figure, mesh, axes[row, :3], label, _beyond(name))
        assert answer.std is not None
        last = axes[row, 3]
        spread = draw_polar(
            last, store.grid, store.ocean, answer.std[channel], "amp", 0, SPREAD[name]
        )
        last.set_title("Standard deviation", fontsize=10)
        what, _, unit = label.partition(" ")
        style.colour_bar(figure, spread, last, f"{what}: standard deviation {unit}".strip(), "max")
    day = case.problem.case.rpartition("/")[2]
    percent = f"{100 * case.density:g}"
    which = f"concentration observed in {percent} % of cells, thickness along tracks"
    line = f"Line: edge of the ice in the truth (concentration {THRESHOLD:g}). Pink: not observed"
    style.headline(figure, f"{date(day)}, withheld truth: {which}\n{line}")
    style.save(figure, path)


def fig_spectra(path: Path, generated: NDArray, truth: Ice, store: States) -> None:
    """Power of concentration and thickness by wavelength, of the truth and of generated states."""
    figure = style.new_figure(9.5, 4.2)
    spacing = float(np.diff(store.grid.x).mean()) / 1e3
    for ax, name in zip(figure.subplots(1, 2), OBSERVED, strict=True):
        channel = NAMES.index(name)
        for what, states, colour in (
            ("truth", truth.values, style.GREY),
            ("generated", generated, style.BLUE),
        ):
            k, power = isotropic_spectra(states[:, channel], store.ocean, spacing)
            ax.loglog(1 / k, power.mean(axis=0), color=colour, label=what)
        ax.invert_xaxis()
        shown = [w for w in WAVELENGTHS if 1 / k[-1] <= w <= 1 / k[0]]
        ax.set_xticks(shown, [f"{w}" for w in shown])
        ax.set_xticks([], minor=True)
        ax.set_xlabel("Wavelength (km)")
        ax.set_ylabel(f"Power of {SCALES[name][1].lower()}".replace("(m)", "(m²)"))
        ax.legend()
    style.headline(figure, "Power by wavelength, in the largest square of sea: mean over states")
    style.save(figure, path)


def _climatological_edge(truth: Ice, month: int) -> Any:
    own = truth.values[truth.month == month][:, CONCENTRATION]
    return (own >= THRESHOLD).mean(axis=0) if len(own) else None


def _beyond(name: str) -> str:
    """On which ends of its scale a variable can lie beyond."""
    return {"sithick": "max", "siconc": "neither", "damage": "neither"}.get(name, "both")
