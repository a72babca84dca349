"""Tables and the figure of the Argo benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from thermocline.systems.reconstruct.evaluation.presentation import PRESENTATION
from thermocline.verify.figures.style import colours, headline, new_figure, save

from .score import difference_by_float, innovation, rmse, spread_skill

Scores = dict[str, pd.DataFrame]
TITLES = {
    "levitus": "Levitus",
    "levitus-believed": "Levitus, without judgement",
    "levitus-adapted": "Levitus, adapted to older floats",
    "model": "simulated climatology",
}


def print_tables(console: Console, scores: Scores, depth: NDArray, ours: str) -> None:
    """RMSE and CRPS by depth and basin, spread/skill, and paired differences by float."""
    groups = _groups(scores[ours], depth)
    first = scores[ours]
    console.print(
        f"{first['float'].nunique()} floats, {first.profile.nunique()} profiles, "
        f"{len(first)} measurements"
    )
    for title, measure in (
        ("RMSE, °C", rmse),
        ("CRPS, °C", lambda rows: float(rows.crps.mean())),
        ("spread/skill of the forecast measurement", spread_skill),
        ("innovation in assumed observation errors", innovation),
    ):
        table = Table("", "number", *scores, title=title)
        for name, chosen in groups.items():
            values = [f"{measure(rows[chosen]):.3f}" for rows in scores.values()]
            table.add_row(name, str(int(chosen.sum())), *values)
        console.print(table)
    others = [name for name in scores if name != ours]
    for title, column in (("RMSE", "error"), ("CRPS", "crps")):
        table = Table("", *others, title=f"{title} of {ours} less that of …, °C, 95 % over floats")
        for name, chosen in groups.items():
            cells = []
            for other in others:
                found = difference_by_float(scores[ours][chosen], scores[other][chosen], column)
                cells.append(
                    f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]" if found else "–"
                )
            table.add_row(name, *cells)
        console.print(table)


def _groups(rows: pd.DataFrame, depth: NDArray) -> dict[str, pd.Series]:
    """Which rows belong to each depth, to each side of the equator, and to all."""
    groups = {f"{depth[i]:g} m": rows.level == i for i in sorted(rows.level.unique())}
    groups["north of the equator"] = rows.latitude >= 0
    groups["south of it"] = rows.latitude < 0
    groups["all"] = rows.level >= 0
    return {name: chosen for name, chosen in groups.items() if chosen.any()}


def draw(folder: Path, depth: NDArray) -> Path:
    """RMSE by depth, and as a share of the first climatology's for every setting in `folder`."""
    tables = {
        title: pd.read_csv(folder / f"{name}.csv")
        for name, title in TITLES.items()
        if (folder / f"{name}.csv").exists()
    }
    first, table = next(iter(tables.items()))
    plain = table[table.method == "climatology"]
    figure = new_figure(3.1 * (1 + len(tables)) + 0.4, 4.6)
    left, *others = figure.subplots(1, 1 + len(tables), sharey=True)
    _lines(left, _by_depth(table, depth), first, "RMSE (°C)")
    for axes, (title, table) in zip(others, tables.items(), strict=True):
        # Another run may have scored fewer months.
        same = plain.merge(table[["profile", "level"]].drop_duplicates())
        share = _by_depth(table, depth).div(_by_depth(same, depth)["climatology"], axis=0)
        _lines(axes, share, title, f"RMSE / that of climatology, {first}")
        axes.axvline(1, color="black", lw=0.6, zorder=0)
    z = depth[np.unique(plain.level)]
    left.set(ylabel="depth (m)", yscale="log", yticks=z, yticklabels=[f"{d:g}" for d in z])
    left.set_ylim(1100, 27)
    left.minorticks_off()
    left.legend(fontsize=8, frameon=False)
    headline(figure, "Withheld Argo floats of the equatorial Atlantic, forecast from the others")
    return save(figure, folder / "argo_rmse.png")


def _by_depth(table: pd.DataFrame, depth: NDArray) -> pd.DataFrame:
    """RMSE, °C, by depth (rows) and method (columns)."""
    found = (table.error**2).groupby([table.level, table.method]).mean().unstack() ** 0.5
    return found.set_index(depth[found.index])[PRESENTATION.ordered(found.columns)]


def _lines(axes: Axes, table: pd.DataFrame, title: str, label: str) -> None:
    for method, colour in colours(PRESENTATION, map(str, table)).items():
        axes.plot(table[method], table.index, "o-", ms=3, color=colour, label=method)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(label, fontsize=8)
    axes.grid(alpha=0.25)
