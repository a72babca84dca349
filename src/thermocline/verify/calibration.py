"""Whether the stated uncertainty can be trusted, and which scales the answer holds."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.grid import EARTH_RADIUS
from thermocline.verify import style
from thermocline.verify.scoreboard import OURS, Board
from thermocline.verify.text import p_value, share_observed

_READING = (
    "Flat at the dashed line: yes; p is small where it is not by chance alone. "
    "Rising: too cold. Falling: too warm. High at both ends: too confident. A hump: too cautious."
)


def fig_rank_histogram(
    path: str | Path,
    board: Board,
    *,
    title: str = "Are the members trustworthy?",
    protocol: str = "columns",
) -> Path:
    """Rank of the truth among the system's members, one panel a density of a protocol; a PNG.

    Raises:
        BadData: if the board's cases were scored without ranks.
    """
    rows = [row for row in board.rows if row.method == OURS and "ranks" in row.extra]
    rows = sorted((r for r in rows if r.protocol == protocol), key=lambda row: row.density)
    if not rows:
        raise BadData("no rank histogram to draw", where="figure")
    figure = style.new_figure(max(3.5 * len(rows) + 0.6, 6.0), 3.5)
    axes = figure.subplots(1, len(rows), sharey=True, squeeze=False)[0]
    for ax, row in zip(axes, rows, strict=True):
        count = np.array(row.extra["ranks"])
        share = count / count.sum() * count.size
        ax.bar(np.arange(count.size), share, width=0.9, color="#005f86")
        ax.axhline(1, color="black", lw=1.2, ls="--")
        test = row.extra.get("flatness")  # boards of old have none
        p = f", p {p_value(test['p'], '= ')}" if test and test["p"] is not None else ""
        asked = share_observed(protocol, row.density).replace(" columns", " of columns")
        ax.set_title(f"{asked}{p}", fontsize=10)
        ax.set_xlabel("Members colder than the truth")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_ylim(0, max(1.6, 1.1 * float(share.max())))
    axes[0].set_ylabel("Frequency / expected")
    style.headline(figure, f"{title}\n{_READING}", 11)
    return style.save(figure, path)


def fig_spectra(
    path: str | Path,
    wavenumber: NDArray,
    power: Mapping[str, NDArray],
    *,
    reference: str = "Truth",
    latitude: float = 30.0,
    title: str = "Which scales does the reconstruction hold?",
    unit: str = "°C",
) -> Path:
    """Power by zonal wavenumber, and its ratio to the `reference`'s; a PNG.

    Args:
        wavenumber: [K], cycles round the globe.
        power: label → [K] in unit² (see `spectra.zonal_spectrum`).
        latitude: degrees, where the upper axis gives wavelengths in kilometres.
    """
    figure = style.new_figure(9.5, 4.4)
    left, right = figure.subplots(1, 2)
    looks = {
        "Truth": ("black", "-", 2.2),
        "Reconstruction": ("#005f86", "-", 2.0),
        "One member": ("#4fa3c7", "--", 1.6),
        "Ensemble OI": ("#d1742f", "-", 1.6),
    }
    for number, (label, values) in enumerate(power.items()):
        colour, line, width = looks.get(label, (style.colour_of(label, number), "-", 1.4))
        left.loglog(wavenumber, values, line, color=colour, lw=width, label=label)
        if label != reference and reference in power:
            ratio = values / power[reference]
            right.semilogx(wavenumber, ratio, line, color=colour, lw=width, label=label)
    left.set_ylabel(f"Power ({unit}²)")
    right.set_ylabel(f"Power / that of the {reference.lower()}")
    right.axhline(1, color="black", lw=1)
    right.set_ylim(0, 1.5)
    circle = 2 * np.pi * EARTH_RADIUS / 1000 * np.cos(np.radians(latitude))
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200) if k <= wavenumber[-1]]
    kilometres = [d for d in (20_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50)]
    for ax in (left, right):
        ax.set_xlim(wavenumber[0], wavenumber[-1])
        ax.set_xlabel("Waves round the globe")
        ax.set_xticks(ticks, [str(k) for k in ticks])
        ax.minorticks_off()
        ax.grid(alpha=0.25)
        upper = ax.secondary_xaxis("top", functions=(_inverse(circle), _inverse(circle)))
        shown = [d for d in kilometres if wavenumber[0] <= circle / d <= wavenumber[-1]]
        upper.set_xticks(shown, [f"{d:,}".replace(",", " ") for d in shown])
        upper.tick_params(which="minor", length=0)
        upper.set_xlabel(f"Wavelength at {latitude:g}° of latitude (km)", fontsize=8)
    left.legend(fontsize=9)
    style.headline(figure, title, 12)
    return style.save(figure, path)


def _inverse(circle: float) -> Callable[[NDArray], NDArray]:
    return lambda value: circle / np.maximum(np.asarray(value, float), 1e-9)
