"""All methods side by side: by depth, by basin, and the scoreboard at a glance."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thermocline.errors import BadData
from thermocline.ocean.basins import BASINS
from thermocline.verify import style
from thermocline.verify.rows import Row
from thermocline.verify.scoreboard import OURS, Board
from thermocline.verify.tables import groups, method_name, unit_of
from thermocline.verify.text import share_observed

OBSERVED = {"columns": "of columns", "cells": "of cells, each level"}


def fig_by_depth(path: str | Path, board: Board, depth: ArrayLike) -> Path:
    """RMSE of every method against depth [C] (metres), one panel a protocol and density; a PNG."""
    depth = np.asarray(depth, np.float64)
    panels = _panels(board)
    figure = style.new_figure(2.7 * len(panels) + 1.6, 4.6)
    axes = figure.subplots(1, len(panels), sharey=True, sharex=True, squeeze=False)[0]
    for ax, (title, rows) in zip(axes, panels, strict=True):
        for number, row in enumerate(rows):
            values = np.array(row.extra["rmse_by_depth"], np.float64)
            ours = row.method == OURS
            ax.plot(
                values,
                depth,
                "-o",
                ms=3.5 if ours else 2.5,
                lw=2.4 if ours else 1.4,
                zorder=3 if ours else 2,
                color=style.colour_of(row.method, number),
                label=_label(row, rows),
            )
        ax.set_title(title, fontsize=10)
        ax.set_xlabel(f"RMSE ({unit_of(rows[0].variable)})")
        ax.grid(alpha=0.25)
    axes[0].set_yscale("function", functions=(lambda d: np.sqrt(np.maximum(d, 0)), np.square))
    axes[0].set_ylim(depth[-1] * 1.03, 0)
    axes[0].set_yticks([d for d in (0, 20, 50, 100, 200, 300, 500, 700, 1000) if d <= depth[-1]])
    axes[0].set_xlim(left=0)
    axes[0].set_ylabel("Depth (m)")
    _legend(figure, axes, panels)
    style.headline(figure, "Error by depth", 12)
    return style.save(figure, path)


def fig_by_basin(path: str | Path, board: Board) -> Path:
    """RMSE of every method in every basin, one panel a protocol and density; a PNG.

    Raises:
        BadData: if the board's cases were scored without basins.
    """
    panels = [(t, [r for r in rows if "rmse_by_basin" in r.extra]) for t, rows in _panels(board)]
    panels = [(title, rows) for title, rows in panels if rows]
    if not panels:
        raise BadData("no row has errors by basin", where="figure", fix="score cases with basins")
    figure = style.new_figure(9.5, 2.2 * len(panels) + 0.8)
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (title, rows) in zip(axes, panels, strict=True):
        width = 0.84 / len(rows)
        for number, row in enumerate(rows):
            values = [row.extra["rmse_by_basin"].get(name) for name in BASINS]
            ax.bar(
                np.arange(len(BASINS)) + (number - (len(rows) - 1) / 2) * width,
                np.array(values, np.float64),
                width=0.92 * width,
                color=style.colour_of(row.method, number),
                label=_label(row, rows),
            )
        ax.set_title(title, fontsize=10, loc="left")
        ax.set_ylabel(f"RMSE ({unit_of(rows[0].variable)})", fontsize=9)
        ax.grid(axis="y", alpha=0.25)
        ax.set_axisbelow(True)
    axes[-1].set_xticks(np.arange(len(BASINS)), [name.replace(" ", "\n") for name in BASINS])
    _legend(figure, axes, panels)
    style.headline(figure, "Error by basin", 12)
    return style.save(figure, path)


def fig_summary(path: str | Path, board: Board) -> Path:
    """The scoreboard at a glance: RMSE with 95 % intervals of every method; a PNG."""
    panels = _panels(board)
    methods = style.in_order([row.method for row in board.rows])
    unit = unit_of(board.rows[0].variable)
    figure = style.new_figure(2.75 * len(panels) + 1.8, 0.42 * len(methods) + 2.0)
    axes = figure.subplots(1, len(panels), sharey=True, sharex=True, squeeze=False)[0]
    top = max(max(_high(row) for row in rows) for _, rows in panels)
    for ax, (title, rows) in zip(axes, panels, strict=True):
        for row in rows:
            place = methods.index(row.method)
            value = row.rmse if row.rmse is not None else np.nan
            ours = row.method == OURS
            colour = style.colour_of(row.method, place)
            ax.barh(place, value, color=colour, alpha=1 if ours else 0.65, height=0.72)
            if row.rmse_ci:
                low, high = row.rmse_ci
                ax.plot([low, high], [place, place], color="black", lw=1.4, solid_capstyle="butt")
                ax.plot([low, high], [place, place], "|", color="black", ms=6)
            few = _label(row, rows).partition(" †")[1]
            ax.text(
                _high(row) + 0.02 * top,
                place,
                f"{value:.3f}{few}",
                va="center",
                fontsize=9,
                fontweight="bold" if ours else "normal",
            )
        ax.set_title(title, fontsize=11)
        ax.set_xlabel(f"RMSE ({unit}), less is better", fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_xlim(0, top * 1.22)
    axes[0].set_yticks(range(len(methods)), [method_name(m, short=True) for m in methods])
    axes[0].invert_yaxis()
    for label in axes[0].get_yticklabels():
        if label.get_text() == method_name(OURS, short=True):
            label.set_fontweight("bold")
    style.headline(figure, _headline(board), 12)
    _note_fewer(figure, panels)
    return style.save(figure, path)


def _headline(board: Board) -> str:
    """What the figure says, in words, from the paired ratios; certain ones only are claimed."""
    parts = []
    for ratio in board.ratios():
        verdict = ratio.rmse
        if ratio.protocol != "columns" or verdict is None or ratio.cases < 3:
            continue
        if ratio.reference in ("climatology", "ensemble_oi"):
            change = 100 * (verdict.ratio.estimate - 1)
            sign = "less" if change < 0 else "more"
            text = f"{abs(change):.0f} % {sign} error than {_SPOKEN[ratio.reference]}"
            if verdict.decision == "undecided":
                text = f"no certain difference from {_SPOKEN[ratio.reference]}"
            parts.append((ratio.density, text))
    if not parts:
        return "Error of every method"
    middle = sorted({density for density, _ in parts})[len({d for d, _ in parts}) // 2]
    said = " and ".join(text for density, text in parts if density == middle)
    return f"With {100 * middle:g} % of columns observed, Thermocline has {said}"


_SPOKEN = {"climatology": "climatology", "ensemble_oi": "ensemble OI"}


def _panels(board: Board) -> list[tuple[str, list[Row]]]:
    """Title and rows (in the figures' order) of every protocol and density."""
    if not board.rows:
        raise BadData("an empty scoreboard", where="figure", fix="score a method first")
    panels = []
    for (protocol, density, _), rows in groups(board):
        order = style.in_order([row.method for row in rows])
        title = f"{100 * density:g} % {OBSERVED.get(protocol, protocol)}"
        if protocol == "blocks":
            title = f"from {share_observed(protocol, density)} cells"
        panels.append((title, sorted(rows, key=lambda row: order.index(row.method))))
    return panels


FEWER = "† on fewer months than the others"


def _label(row: Row, rows: list[Row]) -> str:
    """The method's name, marked if it was scored on fewer cases than the others."""
    few = row.cases < max(other.cases for other in rows)
    return method_name(row.method, True, row.protocol) + (" †" if few else "")


def _note_fewer(figure: Any, panels: list[tuple[str, list[Row]]]) -> None:
    if _some_on_fewer(panels):
        figure.supxlabel(FEWER, fontsize=8, x=0.99, ha="right")


def _some_on_fewer(panels: list[tuple[str, list[Row]]]) -> bool:
    return any("†" in _label(row, rows) for _, rows in panels for row in rows)


def _legend(figure: Any, axes: Any, panels: list[tuple[str, list[Row]]]) -> None:
    """One legend for all panels, under them, with the note on fewer months as its title."""
    found: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        found.values(),
        found.keys(),
        loc="outside lower center",
        ncols=len(found),
        fontsize=9,
        title=FEWER if _some_on_fewer(panels) else None,
        title_fontsize=8,
    )


def _high(row: Row) -> float:
    return row.rmse_ci[1] if row.rmse_ci else (row.rmse or 0.0)
