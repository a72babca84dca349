"""All methods of a super-resolution board side by side: which scales, which gradients."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.verify.board.presentation import MODEL
from thermocline.verify.board.scoreboard import Board
from thermocline.verify.figures import style
from thermocline.verify.figures.looks import Looks, legend
from thermocline.verify.metrics.gradients import EDGES
from thermocline.verify.metrics.resolution import DECADE

MEMBER = {"color": "#4fa3c7", "ls": "--", "lw": 1.6, "label": "One member"}
TRUTH = {"color": "black", "ls": "-", "lw": 2.2, "label": "Truth"}
WAVELENGTHS = (2000, 1000, 500, 300, 200, 100, 50, 30, 20, 10, 5)


def fig_scales(path: str | Path, board: Board) -> Path:
    """Spectra of the truth, every method and one member; their share; the error's; a PNG."""
    looks = Looks.of(board)
    rows = [row for row in looks.rows() if np.nansum(row.extra["spectra"]["truth"]) > 0]
    if not rows:
        raise BadData("no row has spectra", where="figure", fix="score cases with land-free boxes")
    k = np.array(rows[0].extra["wavenumber"])
    truth = np.array(rows[0].extra["spectra"]["truth"])
    figure = style.new_figure(13, 4.4)
    left, middle, right = figure.subplots(1, 3)
    left.loglog(k, truth, **TRUTH)
    for row in rows:
        look = looks.line(row)
        spectra = {name: np.array(values) for name, values in row.extra["spectra"].items()}
        left.loglog(k, spectra["mean"], **look)
        middle.semilogx(k, spectra["mean"] / truth, **look)
        right.semilogx(k, spectra["error"] / truth, **look)
        if row.method == MODEL and "member" in spectra:
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
    legend(figure, [left], looks.fewer)
    style.headline(
        figure,
        "Which scales do the maps hold? (grey bar: the finest decade; grey band: within a fifth of "
        "the truth's power)",
        12,
    )
    return style.save(figure, path)


def fig_gradients(path: str | Path, board: Board) -> Path:
    """How |∇T| is distributed in the truth, in every method and in one member; a PNG."""
    looks = Looks.of(board)
    rows = looks.rows()
    figure = style.new_figure(9.5, 4.4)
    left, right = figure.subplots(1, 2, sharex=True)
    draw = lambda counts, look: _distribution(left, right, np.array(counts), look)
    draw(rows[0].extra["gradients"]["truth"], TRUTH)
    for row in rows:
        draw(row.extra["gradients"]["mean"], looks.line(row))
        if row.method == MODEL and "member" in row.extra["gradients"]:
            draw(row.extra["gradients"]["member"], MEMBER)
    left.set(
        title="Distribution (leftmost: all weaker)", ylabel="Share of the sea per decade of |∇T|"
    )
    right.set(title="Stronger gradients", ylabel="Share of the sea above", ylim=(1e-4, 1.2))
    _, low, high = _span(rows[0].extra["gradients"]["truth"])
    for ax in (left, right):
        ax.set_xlim(low, high)
        ax.set_xlabel("|∇T| (°C/100 km)")
        ax.grid(alpha=0.25)
    legend(figure, [left], looks.fewer)
    style.headline(figure, "Are fronts as sharp and as many as those of the truth?", 12)
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
