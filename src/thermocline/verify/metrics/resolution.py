"""Which scales a finer map holds: effective resolution, and the power of the finest scales.

Spectra are of land-free square boxes (`spectra.isotropic_spectrum`), summed over boxes, cases and
members *before* any ratio is taken. With E(k) the spectrum of the truth, Ê of a map and E_ε of
its error:

- the *effective resolution* is the wavelength 1/k at which E_ε(k)/E(k), followed from long waves
  to short ones, first reaches ½ (Ballarotta et al., 2019, Ocean Sci.): shorter waves are known
  to less than half of their variance;
- the *share of power* is Σ Ê(k) / Σ E(k) over a band of wavenumbers: the finest decade, from a
  tenth of the Nyquist wavenumber to itself, or an octave, from half of it. A red spectrum has most
  of a decade's power at the decade's long end; its octaves tell more.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import EARTH_RADIUS
from thermocline.verify.metrics.spectra import isotropic_spectrum

DECADE, OCTAVES = (0.1, 1.0), ((0.125, 0.25), (0.25, 0.5), (0.5, 1.0))
"""Bands of wavenumbers, as shares of the Nyquist wavenumber; octaves from long waves to short."""

Box = tuple[slice, slice]


def effective_resolution(
    wavenumber: NDArray, error: NDArray, truth: NDArray, share: float = 0.5
) -> float:
    """Wavelength at which the error's power reaches `share` of the truth's.

    Args:
        wavenumber: [K], ascending, cycles per km.
        error, truth: spectra [K].

    Returns:
        km, the ratio interpolated linearly in log k. If no scale is that wrong, the shortest
        wavelength there is (the resolution is at least so fine); if every scale is, infinity.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(truth > 0, error / truth, np.where(error > 0, np.inf, 0.0))
    above = np.flatnonzero(ratio >= share)
    if above.size == 0:
        return float(1 / wavenumber[-1])
    if above[0] == 0:
        return float("inf")
    low, high = above[0] - 1, above[0]
    part = (share - ratio[low]) / (ratio[high] - ratio[low])
    return float(np.exp(-np.interp(part, [0, 1], np.log(wavenumber[[low, high]]))))


def share_of_power(
    wavenumber: NDArray, power: NDArray, truth: NDArray, band: tuple[float, float] = DECADE
) -> float:
    """Σ power / Σ truth over the wavenumbers between `band`'s shares of the highest."""
    low, high = (edge * wavenumber[-1] for edge in band)
    # A ring on the edge between two octaves belongs to the finer one.
    chosen = (wavenumber >= low * (1 - 1e-9)) & (
        (wavenumber < high * (1 - 1e-9)) | (band[1] >= 1.0)
    )
    total = truth[chosen].sum()
    return float(power[chosen].sum() / total) if total > 0 else float("nan")


def land_free_boxes(ocean: NDArray[np.bool_], size: int) -> list[Box]:
    """Squares of `size` × `size` sea cells that do not overlap, found row by row.

    As many as a first fit finds; none if the sea [H, W] is nowhere so wide.
    """
    wet = np.pad(ocean.astype(np.int64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    count = wet[size:, size:] - wet[:-size, size:] - wet[size:, :-size] + wet[:-size, :-size]
    free = ocean.copy()
    boxes = []
    for row, column in np.argwhere(count == size * size):
        box = (slice(row, row + size), slice(column, column + size))
        # A later box begins no higher, so that it can only meet an earlier one at its top edge.
        if free[row, column] and free[row, column + size - 1]:
            free[box] = False
            boxes.append(box)
    return boxes


def wavenumbers(grid: LatLonGrid, size: int) -> NDArray[np.float64]:
    """Ring centres [size // 2] of all boxes of `size` cells on `grid`, cycles per km."""
    return np.arange(1.0, size // 2 + 1) / (size * max(_steps(grid)))


def box_spectra(
    fields: NDArray, grid: LatLonGrid, boxes: list[Box], size: int
) -> NDArray[np.float64]:
    """Spectra [..., K] of fields [..., H, W], summed over boxes of `size`; see `wavenumbers`."""
    north, equator = _steps(grid)
    total = np.zeros((*fields.shape[:-2], size // 2))
    for index in np.ndindex(fields.shape[:-2]):
        for rows, columns in boxes:
            east = equator * np.cos(np.radians(grid.latitude[rows].mean()))
            box = fields[index][rows, columns]
            total[index] += isotropic_spectrum(box, north, east, max(north, equator))[1]
    return total


def _steps(grid: LatLonGrid) -> tuple[float, float]:
    """Kilometres from row to row, and from column to column at the equator.

    Means over the grid: the single steps of coordinates kept in single precision differ.
    """
    radius = EARTH_RADIUS / 1000
    steps = (np.radians(np.diff(axis)).mean() for axis in (grid.latitude, grid.longitude))
    north, east = (float(radius * step) for step in steps)
    return north, east
