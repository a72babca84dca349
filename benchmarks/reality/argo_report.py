"""Tables and the figure of the Argo benchmark."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from thermocline.verify.style import colour_of, headline, in_order, new_figure, save

from .score import difference_by_float, innovation, rmse, spread_skill

Scores = dict[str, pd.DataFrame]
TITLES = {
    "levitus": "departures from Levitus",
    "levitus-adapted": "the same, adapted to floats before 2010",
    "model": "from the simulated climatology",
    "model-adapted": "the same, adapted to floats before 2010",
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
    """RMSE by depth of every setting whose measurements are in `folder`, a panel each."""
    tables = {name: folder / f"{name}.csv" for name in TITLES if (folder / f"{name}.csv").exists()}
    figure = new_figure(3.6 * len(tables) + 0.6, 4.6)
    axes = figure.subplots(1, len(tables), sharey=True, sharex=True, squeeze=False)[0]
    for place, (name, path) in zip(axes, tables.items(), strict=True):
        table = pd.read_csv(path)
        by_level = (table.error**2).groupby([table.method, table.level]).mean() ** 0.5
        for method in in_order(list(table.method.unique())):
            line = by_level[method]
            z = depth[line.index]
            place.plot(line.values, z, "o-", ms=3, color=colour_of(method), label=method)
        place.set_title(TITLES[name], fontsize=9)
        place.set(xscale="log", yscale="log", xlabel="RMSE (°C)")
        place.grid(alpha=0.25, which="both")
    axes[0].set(ylabel="depth (m)", yticks=depth[2:], yticklabels=[f"{z:g}" for z in depth[2:]])
    axes[0].set_ylim(1100, 27)
    axes[0].minorticks_off()
    axes[-1].legend(fontsize=8, frameon=False)
    headline(figure, "Withheld Argo floats of the equatorial Atlantic, forecast from the others")
    return save(figure, folder / "argo_rmse.png")
