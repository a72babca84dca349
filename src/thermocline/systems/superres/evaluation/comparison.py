"""All methods of a super-resolution board side by side: scores, scales, and gradients."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.verify import style
from thermocline.verify.columns import BLOCKS, Column
from thermocline.verify.gradients import EDGES
from thermocline.verify.names import method_name
from thermocline.verify.resolution import DECADE
from thermocline.verify.rows import Row
from thermocline.verify.scoreboard import OURS, Board
from thermocline.verify.tables import unit_of

MEMBER = {"color": "#4fa3c7", "ls": "--", "lw": 1.6, "label": "One member"}
TRUTH = {"color": "black", "ls": "-", "lw": 2.2, "label": "Truth"}
WAVELENGTHS = (2000, 1000, 500, 300, 200, 100, 50, 30, 20, 10, 5)


def fig_scores(path: str | Path, board: Board) -> Path:
    """RMSE, gradient RMSE, CRPS and resolution of every method, with 95 % intervals; a PNG."""
    rows = _rows(board)
    columns = [c for c in BLOCKS if c.least]
    figure = style.new_figure(2.75 * len(columns) + 1.8, 0.42 * len(rows) + 1.7)
    axes = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for ax, column in zip(axes, columns, strict=True):
        _bars(ax, rows, column)
    axes[0].set_yticks(range(len(rows)), [_name(row) for row in rows])
    axes[0].invert_yaxis()
    for label, row in zip(axes[0].get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.method == OURS else "normal")
    style.headline(figure, _headline(board), 12)
    return style.save(figure, path)


def fig_scales(path: str | Path, board: Board) -> Path:
    """Spectra of the truth, every method and one member; their share; the error's; a PNG."""
    rows = [row for row in _rows(board) if np.nansum(row.extra["spectra"]["truth"]) > 0]
    if not rows:
        raise BadData("no row has spectra", where="figure", fix="score cases with land-free boxes")
    k = np.array(rows[0].extra["wavenumber"])
    truth = np.array(rows[0].extra["spectra"]["truth"])
    figure = style.new_figure(13, 4.4)
    left, middle, right = figure.subplots(1, 3)
    left.loglog(k, truth, **TRUTH)
    for number, row in enumerate(rows):
        look = _look(row, number)
        spectra = {name: np.array(values) for name, values in row.extra["spectra"].items()}
        left.loglog(k, spectra["mean"], **look)
        middle.semilogx(k, spectra["mean"] / truth, **look)
        right.semilogx(k, spectra["error"] / truth, **look)
        if row.method == OURS and "member" in spectra:
            left.loglog(k, spectra["member"], **MEMBER)
            middle.semilogx(k, spectra["member"] / truth, **MEMBER)
        resolved = row.extra["effective_resolution"]
        if resolved and k[0] <= 1 / resolved < k[-1]:
            right.plot(1 / resolved, 0.5, "o", color=look["color"], ms=6, zorder=4)
    left.set(title="Power", ylabel="Power (°C²)")
    middle.set(title="Power / truth's", ylim=(0, 1.5))
    middle.axhspan(0.8, 1.2, color="0.92", zorder=0)
    middle.axhline(1, color="black", lw=1)
    right.set(title="Power of the error / truth's (dot: resolution)", ylim=(0, 1.5))
    right.axhline(0.5, color="black", lw=1, ls="--")
    shown = [w for w in WAVELENGTHS if k[0] <= 1 / w <= k[-1] * 1.001]
    for ax in (left, middle, right):
        ax.axvspan(max(DECADE[0] * k[-1], k[0]), k[-1], ymax=0.02, color="0.6", lw=0)
        ax.set_xlim(k[0], k[-1])
        ax.set_xticks([1 / w for w in shown], [f"{w}" for w in shown])
        ax.minorticks_off()
        ax.set_xlabel("Wavelength (km)")
        ax.grid(alpha=0.25)
    _legend(figure, left)
    style.headline(figure, "Which scales do the maps hold? (grey bar: the finest decade)", 12)
    return style.save(figure, path)


def fig_gradients(path: str | Path, board: Board) -> Path:
    """How |∇T| is distributed in the truth, in every method and in one member; a PNG."""
    rows = _rows(board)
    figure = style.new_figure(9.5, 4.4)
    left, right = figure.subplots(1, 2, sharex=True)
    draw = lambda counts, look: _distribution(left, right, np.array(counts), look)
    draw(rows[0].extra["gradients"]["truth"], TRUTH)
    for number, row in enumerate(rows):
        draw(row.extra["gradients"]["mean"], _look(row, number))
        if row.method == OURS and "member" in row.extra["gradients"]:
            draw(row.extra["gradients"]["member"], MEMBER)
    left.set(title="Distribution", ylabel="Share of the sea per decade of |∇T|")
    right.set(title="Stronger gradients", ylabel="Share of the sea above", ylim=(1e-4, 1.2))
    _, low, high = _span(rows[0].extra["gradients"]["truth"])
    for ax in (left, right):
        ax.set_xlim(low, high)
        ax.set_xlabel("|∇T| (°C/100 km)")
        ax.grid(alpha=0.25)
    _legend(figure, left)
    style.headline(figure, "Are fronts as sharp and as many as they are?", 12)
    return style.save(figure, path)


def _distribution(left: Any, right: Any, counts: NDArray, look: dict[str, Any]) -> None:
    share = counts / counts.sum()
    edges = 100 * EDGES
    left.semilogx(np.sqrt(edges[1:] * edges[:-1]), share / np.log10(EDGES[1] / EDGES[0]), **look)
    above = 1 - np.concatenate([[0], np.cumsum(share)])
    right.loglog(edges, np.where(above > 1e-9, above, np.nan), **look)


def _span(counts: list[float]) -> tuple[NDArray, float, float]:
    """The gradients, °C/100 km, between which all but the outermost of the truth's are."""
    share = np.cumsum(counts) / np.sum(counts)
    inside = np.flatnonzero((share > 0.002) & (share < 0.9999))
    return share, 100 * EDGES[inside[0]], 200 * EDGES[inside[-1] + 1]


def _bars(ax: Any, rows: list[Row], column: Column) -> None:
    values = [column.value(row) for row in rows]
    finite = [v for v in values if v is not None and np.isfinite(v)]
    tops = [max(p) for row in rows if (p := column.interval(row))]
    top = max([*finite, *tops], default=1.0)
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        ours = row.method == OURS
        known = value is not None and np.isfinite(value)
        colour = style.colour_of(row.method, place)
        ax.barh(place, value if known else 0, color=colour, alpha=1 if ours else 0.65, height=0.72)
        interval = column.interval(row)
        if interval:
            ax.plot(interval, [place, place], "|-", color="black", lw=1.4, ms=6)
        ax.text(
            (max(interval) if interval else value if known else 0) + 0.02 * top,
            place,
            column.write(value) if known else "–",
            va="center",
            fontsize=9,
            fontweight="bold" if ours else "normal",
        )
    ax.set_xlim(0, 1.25 * top)
    ax.set_xlabel(column.heading.format(unit=unit_of(rows[0].variable)), fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)


def _headline(board: Board) -> str:
    """How far ahead of the best other method ours is by RMSE, in words, if that is certain."""
    names = {row.method for row in _rows(board)}
    found = [(r.rmse, r.reference) for r in board.ratios() if r.rmse and r.reference in names]
    if not found:
        return "Errors of every method; less is better"
    verdict, reference = max(found, key=lambda pair: pair[0].ratio.estimate)
    other = method_name(reference, protocol="blocks")
    change = 100 * (verdict.ratio.estimate - 1)
    if verdict.decision == "undecided":
        return f"No certain difference in RMSE between Thermocline and {other}; less is better"
    words = f"{abs(change):.0f} % {'less' if change < 0 else 'more'} error than {other}"
    return f"Thermocline has {words}, the best of the others; less is better"


def _rows(board: Board) -> list[Row]:
    """Rows of super-resolution, in the figures' order."""
    rows = [row for row in board.rows if row.protocol == "blocks"]
    if not rows:
        raise BadData("no super-resolution to draw", where="figure", fix="score a method first")
    order = style.in_order([row.method for row in rows])
    return sorted(rows, key=lambda row: order.index(row.method))


def _look(row: Row, number: int) -> dict[str, Any]:
    ours = row.method == OURS
    colour = style.colour_of(row.method, number)
    return {
        "color": colour,
        "lw": 2.2 if ours else 1.4,
        "zorder": 3 if ours else 2,
        "label": _name(row),
    }


def _name(row: Row) -> str:
    return method_name(row.method, True, row.protocol)


def _legend(figure: Any, ax: Any) -> None:
    handles, labels = ax.get_legend_handles_labels()
    columns = len(labels) if len(labels) <= 6 else -(-len(labels) // 2)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=9)
