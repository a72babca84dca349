"""All methods side by side: by depth, by basin, and the scoreboard at a glance."""

from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS
from thermocline.verify.board.columns import Column
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.rows import Row
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.figures import style
from thermocline.verify.figures.looks import Looks, legend


def fig_by_depth(path: str | Path, board: Board, depth: ArrayLike) -> Path:
    """RMSE of every method against depth [C] (metres), one panel a protocol and density; a PNG."""
    depth, looks = np.asarray(depth, np.float64), Looks.of(board)
    panels = looks.panels()
    figure = style.new_figure(2.7 * len(panels) + 1.6, 4.6)
    axes = figure.subplots(1, len(panels), sharey=True, sharex=True, squeeze=False)[0]
    for ax, (title, rows) in zip(axes, panels, strict=True):
        for row in rows:
            values = np.array(row.extra["rmse_by_depth"], np.float64)
            ax.plot(values, depth, marker="o", ms=2.5, **looks.line(row))
        ax.set_title(title, fontsize=9)
        ax.set_xlabel(f"RMSE ({board.presentation.unit_of(rows[0].variable)})")
        ax.grid(alpha=0.25)
    style.depth_axis(axes[0], depth)
    axes[0].set_xlim(left=0)
    legend(figure, axes, looks.fewer)
    style.headline(figure, "Error by depth", 12)
    return style.save(figure, path)


def fig_by_basin(path: str | Path, board: Board) -> Path:
    """RMSE of every method by basin, of those with a case; a panel a protocol and density; a PNG.

    Raises:
        BadData: if the board's cases were scored without basins.
    """
    looks = Looks.of(board)
    panels = [(t, [r for r in rows if "rmse_by_basin" in r.extra]) for t, rows in looks.panels()]
    panels = [(title, rows) for title, rows in panels if rows]
    if not panels:
        raise BadData("no row has errors by basin", where="figure", fix="score cases with basins")
    errors = [row.extra["rmse_by_basin"] for _, rows in panels for row in rows]
    table = np.array([[each.get(name) for name in BASINS] for each in errors], np.float64)
    shown = [BASINS[k] for k in np.flatnonzero(np.isfinite(table).any(axis=0))]
    figure = style.new_figure(9.5, 2.2 * len(panels) + 0.8)
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (title, rows) in zip(axes, panels, strict=True):
        width = 0.84 / len(rows)
        for number, row in enumerate(rows):
            values = [row.extra["rmse_by_basin"].get(name) for name in shown]
            ax.bar(
                np.arange(len(shown)) + (number - (len(rows) - 1) / 2) * width,
                np.array(values, np.float64),
                width=0.92 * width,
                color=looks.colours[row.method],
                label=looks.label(row),
            )
        ax.set_title(title, fontsize=10, loc="left")
        ax.set_ylabel(f"RMSE ({board.presentation.unit_of(rows[0].variable)})", fontsize=9)
        ax.grid(axis="y", alpha=0.25)
        ax.set_axisbelow(True)
    axes[-1].set_xticks(np.arange(len(shown)), [name.replace(" ", "\n") for name in shown])
    legend(figure, axes, looks.fewer)
    style.headline(figure, "Error by basin", 12)
    return style.save(figure, path)


def fig_summary(path: str | Path, board: Board) -> Path:
    """The scoreboard at a glance, with 95 % intervals of every method; a PNG.

    Panels are of RMSE, one a protocol and density; where there is only one of these, they are of
    all columns whose least number is the best.
    """
    looks = Looks.of(board)
    groups, columns = looks.panels(), [c for c in board.presentation.columns if c.least]
    unit = board.presentation.unit_of(board.rows[0].variable)
    methods = list(looks.colours)
    panels = [(title, rows, columns[0]) for title, rows in groups]
    if len(groups) == 1:
        panels = [("", groups[0][1], column) for column in columns]
    figure = style.new_figure(2.75 * len(panels) + 1.8, 0.42 * len(methods) + 2.0)
    axes = figure.subplots(1, len(panels), sharey=True, sharex=len(groups) > 1, squeeze=False)[0]
    top = max(_top(rows, column) for _, rows, column in panels)
    for ax, (title, rows, column) in zip(axes, panels, strict=True):
        _bars(ax, rows, column, looks, methods, top if len(groups) > 1 else _top(rows, column))
        ax.set_title("\n".join(wrap(title, 34)), fontsize=10)
        ax.set_xlabel(f"{column.title(unit)}, less is better", fontsize=9)
    names = [board.presentation.name(method, short=True) for method in methods]
    axes[0].set_yticks(range(len(methods)), names)
    axes[0].invert_yaxis()
    for label, method in zip(axes[0].get_yticklabels(), methods, strict=True):
        label.set_fontweight("bold" if method == MODEL else "normal")
    style.headline(figure, headline(board), 12)
    notes = [looks.fewer, *_marks(board)]
    if said := ". ".join(note.rstrip(".") for note in notes if note):
        figure.supxlabel("\n".join(wrap(said, 110)), fontsize=8, x=0.99, ha="right")
    return style.save(figure, path)


def _marks(board: Board) -> list[str]:
    """What marks in the columns' titles mean, if a definition says so."""
    said = board.presentation.definitions
    return [text.partition(":")[0] for text in said if text.startswith("Scores marked")]


def headline(board: Board) -> str:
    """What the board says in a sentence: the model against the best other, and the reference.

    At the middle density of the first protocol, on at least two cases; only what is certain is
    claimed.
    """
    words, groups = board.presentation, [group for group, _ in board.groups()]
    first = [group for group in groups if group[0] == groups[0][0]]
    group = first[len(first) // 2]
    found = {r.reference: r.rmse for r in board.ratios(group=group) if r.rmse}
    if not found:
        return "Error of every method"
    best = max(found, key=lambda name: found[name].ratio.estimate)
    parts = []
    for name in dict.fromkeys((best, words.reference)):
        if name not in found:
            continue
        change = 100 * (found[name].ratio.estimate - 1)
        text = f"{abs(change):.0f} % {'less' if change < 0 else 'more'} error than "
        if found[name].decision == "undecided":
            text = "no certain difference in error from "
        others = ", the best of the others" if name == best and len(found) > 1 else ""
        parts.append(text + words.spoken(name) + others)
    said = f"{words.variable_title(group[2])}, {words.asked(*group[:2])}"
    return f"{said}: Thermocline has {'; '.join(parts)}"


def _bars(
    ax: Any, rows: list[Row], column: Column, looks: Looks, methods: list[str], top: float
) -> None:
    for row in rows:
        place, ours = methods.index(row.method), row.method == MODEL
        value, interval = column.value(row), column.interval(row)
        known = value is not None and np.isfinite(value)
        colour = looks.colours[row.method]
        ax.barh(place, value if known else 0, color=colour, alpha=1 if ours else 0.65, height=0.72)
        if interval:
            ax.plot(interval, [place, place], "|-", color="black", lw=1.4, ms=6)
        ax.text(
            (max(interval) if interval else value if known else 0) + 0.02 * top,
            place,
            (column.write(value) if known else "–") + looks.label(row).partition(" †")[1],
            va="center",
            fontsize=9,
            fontweight="bold" if ours else "normal",
        )
    ax.set_xlim(0, 1.25 * top)
    ax.spines[["top", "right"]].set_visible(False)


def _top(rows: list[Row], column: Column) -> float:
    """The largest number or end of an interval."""
    values = [v for row in rows if (v := column.value(row)) is not None and np.isfinite(v)]
    return max([*values, *(max(p) for row in rows if (p := column.interval(row)))], default=1.0)
