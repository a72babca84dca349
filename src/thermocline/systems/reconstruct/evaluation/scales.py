"""Which scales a reconstruction holds: zonal spectra of a level."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.sphere import EARTH_RADIUS
from thermocline.verify.figures import style

LATITUDE = 30.0
"""Degrees, where the upper axis gives wavelengths in kilometres."""


def fig_spectra(
    path: str | Path,
    wavenumber: NDArray,
    power: Mapping[str, NDArray],
    of: str = "",
) -> Path:
    """Power by zonal wavenumber, and its ratio to the truth's; a PNG.

    Args:
        wavenumber: [K], cycles round the globe.
        power: label → [K] in °C² (see `spectra.zonal_spectrum`): the truth's, the mean's, one
            member's, then others'.
        of: what they are of, for the title.
    """
    truth = next(iter(power.values()))
    figure = style.new_figure(9.5, 4.4)
    left, right = figure.subplots(1, 2)
    looks = (("black", "-", 2.2), (style.BLUE, "-", 2.0), ("#4fa3c7", "--", 1.6))
    others = ((colour, "-", 1.6) for colour in style.PALETTE)
    for (label, values), (colour, line, width) in zip(
        power.items(), (*looks, *others), strict=False
    ):
        left.loglog(wavenumber, values, line, color=colour, lw=width, label=label)
        if values is not truth:
            ratio = values / truth
            right.loglog(wavenumber, ratio, line, color=colour, lw=width, label=label)
    left.set_ylabel("Power (°C²)")
    right.set_ylabel("Power / that of the truth")
    right.axhline(1, color="black", lw=1)
    low, high = right.get_ylim()
    right.set_ylim(max(low, 0.01), max(high, 2))  # what holds less than a hundredth holds nothing
    right.yaxis.set_major_formatter("{x:g}")
    circle = 2 * np.pi * EARTH_RADIUS / 1000 * np.cos(np.radians(LATITUDE))
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
        upper.set_xlabel(f"Wavelength at {LATITUDE:g}° of latitude (km)", fontsize=8)
    left.legend(fontsize=9)
    style.headline(figure, f"Which scales does the reconstruction hold?\n{of}".strip(), 12)
    return style.save(figure, path)


def _inverse(circle: float) -> Callable[[NDArray], NDArray]:
    return lambda value: circle / np.maximum(np.asarray(value, float), 1e-9)
