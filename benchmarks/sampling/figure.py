"""The figure: a column for each guidance, a row for each error, a line for each sampler."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.sampling.pairs import GUIDANCES

from thermocline.verify.figures.style import headline, new_figure, save

LOOK = {
    "heun": ("#0072b2", "o", "-"),
    "euler": ("#d55e00", "s", "-"),
    "ddim": ("#000000", "x", ":"),
    "ddpm": ("#009e73", "^", "-"),
    "dpm_solver": ("#cc79a7", "D", "-"),
    "residual_shift": ("#999999", "v", "--"),
}
"""Colour (Okabe & Ito's, told apart by the colour-blind), marker and line of each sampler."""
ROWS = {
    ("closed-form", "mean"): ("Gaussian prior:\nerror of mean\n(posterior std)", 3e-3, 5.0),
    ("closed-form", "covariance"): ("Gaussian prior:\nerror of covariance\n(relative)", 1e-2, 5.0),
    ("untold", "rmse"): ("Prior told nothing:\nRMSE (°C)", None, 2.5),
    ("untold", "crps"): ("Prior told nothing:\nCRPS (°C)", None, 2.5),
    ("told", "rmse"): ("Demo's model:\nRMSE (°C)", None, 1.15),
    ("told", "crps"): ("Demo's model:\nCRPS (°C)", None, 1.15),
}
"""Label and axis: logarithmic between two numbers, or from the least error to so many times it."""


def draw(folder: Path) -> None:
    """Draw every part measured in `folder` into sampling.png there."""
    found = {part: folder / f"{part}.json" for part, _ in ROWS}
    parts = {p: json.loads(f.read_text(encoding="utf-8")) for p, f in found.items() if f.is_file()}
    rows = [row for row in ROWS if row[0] in parts]
    if not rows:
        return
    figure = new_figure(14, 1 + 2.1 * len(rows))
    axes = figure.subplots(len(rows), len(GUIDANCES), sharex=True, sharey="row", squeeze=False)
    for line, row in zip(axes, rows, strict=True):
        label, *axis = ROWS[row]
        low, high = _limits(parts[row[0]], row[1], *axis)
        for panel, guidance in zip(line, GUIDANCES, strict=True):
            _lines(panel, parts[row[0]], guidance, row[1], (low, high))
            panel.set_yscale("log" if axis[0] else "linear")
            panel.set_ylim(low, high)
        line[0].set_ylabel(label, fontsize=9)
    for top, bottom, guidance in zip(axes[0], axes[-1], GUIDANCES, strict=True):
        top.set_title(guidance, fontsize=11)
        bottom.set_xlabel("evaluations a member", fontsize=9)
    handles: dict[str, Any] = {}
    for panel in axes.flat:
        lines, names = panel.get_legend_handles_labels()
        handles |= dict(zip(names, lines, strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5)
    headline(
        figure,
        "Error against network evaluations, by guidance (columns) and sampler (lines)\n"
        "Points on an edge lie beyond it",
    )
    save(figure, folder / "sampling.png")


def _limits(
    part: dict[str, Any], error: str, low: float | None, high: float
) -> tuple[float, float]:
    if low is not None:
        return low, high
    found = [values[error] for values in part["known"].values()]
    found += [v[error] for result in part["results"] for v in result["errors"].values()]
    return 0.98 * min(found), high * min(found)


def _lines(
    panel: Any, part: dict[str, Any], guidance: str, error: str, axis: tuple[float, float]
) -> None:
    """One guidance's samplers, and what is known without sampling."""
    for result in part["results"]:
        pair = result["pair"]
        if pair["guidance"] != guidance or pair["early"] or not result["errors"]:
            continue
        values = {int(count): found[error] for count, found in result["errors"].items()}
        x = sorted(values)
        y = np.clip([values[count] for count in x], *axis)
        colour, marker, line = LOOK[pair["sampler"]]
        panel.plot(
            *(x, y, line),
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=1.2,
            clip_on=False,
            label=pair["sampler"],
        )
    for (name, known), line in zip(part["known"].items(), ("--", "-.", ":"), strict=False):
        if error == "rmse" or name != "best guess":
            panel.axhline(known[error], color="#555555", linewidth=0.9, linestyle=line, label=name)
    panel.set_xscale("log", base=2)
    panel.set_xticks([1, 2, 4, 8, 16, 32], ["1", "2", "4", "8", "16", "32"])
    panel.tick_params(labelsize=8, which="both")
    panel.grid(alpha=0.3, which="both", linewidth=0.4)
