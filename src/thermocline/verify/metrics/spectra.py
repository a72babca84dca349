"""Wavenumber spectra: at which scales a field has its variance.

*Along latitude circles* (`zonal_spectrum`). A circle without land is periodic and needs no
window. Where there is land, the field is a set of ocean stretches: from each its mean is taken,
each is tapered by its own Hann window, land is 0, and the power is divided by the mean square
of the window over the circle, so that white noise keeps its level and the sum over wavenumbers
stays the (window-weighted) variance. Stretches shorter than `shortest` cells are left out. Truth
and estimate go through the same windows, so that their ratio does not depend on the land.

*Isotropic* (`isotropic_spectrum`). A land-free box in kilometres: plane removed, Hann window in
both directions, 2-D power summed over rings of equal wavenumber.

Both are one-sided densities summing to the variance (Parseval).
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


def zonal_spectrum(
    field: NDArray, ocean: NDArray[np.bool_], weight: NDArray, shortest: int = 16
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean power by zonal wavenumber.

    Args:
        field: [..., H, W] on a global grid (periodic in W); what stands on land is not read.
        ocean: [..., H, W] or [H, W], broadcast against `field`.
        weight: weight of each row [H], such as the cosine of latitude.
        shortest: stretches of fewer cells are left out.

    Returns:
        wavenumbers 1 … W//2 in cycles round the circle, and power [W//2] in unit², the mean over
        rows (weighted) and leading axes; Σ power is the mean tapered variance of the rows.

    Raises:
        BadData: if no stretch is long enough.
    """
    field, ocean = np.broadcast_arrays(np.asarray(field, np.float64), ocean)
    columns = field.shape[-1]
    rows, masks = field.reshape(-1, columns), ocean.reshape(-1, columns)
    weights = np.broadcast_to(weight, field.shape[:-1]).reshape(-1)
    total, used = np.zeros(columns // 2), 0.0
    for row, mask, row_weight in zip(rows, masks, weights, strict=True):
        tapered, energy = _taper(row, mask, shortest)
        if energy > 0:
            # Rows count by how much ocean their windows see.
            total += row_weight * _one_sided(np.fft.rfft(tapered), columns)[1:]
            used += row_weight * energy
    if used == 0:
        raise BadData(f"no stretch of {shortest} ocean cells", where="zonal spectrum")
    return np.arange(1.0, columns // 2 + 1), total / used


def isotropic_spectrum(
    field: NDArray, dy: float, dx: float, spacing: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power by total wavenumber of a land-free box [H, W] with spacings `dy`, `dx` in km.

    Rings are as wide as the box can tell apart. With `spacing` (km, at least `dy` and `dx`) they
    are those of a square box of so wide cells: the same at every latitude, so that they can be
    summed. What is beyond the last of them is then left out.

    Returns:
        ring centres in cycles per km, and power in each ring, unit²; the sum over rings is the
        window-weighted variance of the field without its plane. Corners beyond the highest
        complete ring are gathered in the last, waves longer than the short side in the first.

    Raises:
        BadData: if a value is missing.
    """
    if not np.isfinite(field).all():
        raise BadData("missing values in the box", where="isotropic spectrum")
    height, width = field.shape
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[None, 1:-1]
    anomaly = _without_plane(field)
    anomaly = (anomaly - np.average(anomaly, weights=window)) * window
    power = np.abs(np.fft.fft2(anomaly)) ** 2
    power /= field.size**2 * np.mean(window**2)
    ky, kx = np.fft.fftfreq(height, dy)[:, None], np.fft.fftfreq(width, dx)[None, :]
    step = max(1 / (height * dy), 1 / (width * dx))
    highest = int(min(0.5 / dy, 0.5 / dx) / step + 1e-9)
    if spacing is not None:
        step, highest = 1 / (min(height, width) * spacing), min(height, width) // 2
    ring = np.rint(np.hypot(ky, kx) / step).astype(int)
    ring.flat[1:] = np.maximum(ring.flat[1:], 1)  # the long side's longest waves; not the mean
    if spacing is None:
        ring = np.minimum(ring, highest)
    summed = np.bincount(ring.ravel(), weights=power.ravel(), minlength=highest + 1)[: highest + 1]
    return step * np.arange(1.0, highest + 1), np.asarray(summed[1:], np.float64)


def _taper(row: NDArray, mask: NDArray, shortest: int) -> tuple[NDArray, float]:
    """The row with each ocean stretch's mean removed and tapered, and the mean squared window."""
    if mask.all():
        return row - row.mean(), 1.0
    out, energy = np.zeros_like(row), 0.0
    start = int(np.argmin(mask))  # a land cell: no stretch wraps round after this roll
    rolled, wet = np.roll(row, -start), np.roll(mask, -start)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wet.astype(int), [0]])))
    for first, last in edges.reshape(-1, 2):
        length = last - first
        if length >= shortest:
            window = np.hanning(length + 2)[1:-1]
            stretch = rolled[first:last]
            # The mean as the window sees it, so that no power is left at wavenumber 0.
            out[first:last] = (stretch - np.average(stretch, weights=window)) * window
            energy += float(np.sum(window**2))
    return out, energy / row.size


def _one_sided(transform: NDArray, count: int) -> NDArray[np.float64]:
    """Power of an rfft whose sum over all wavenumbers is the mean square of the signal."""
    power = np.abs(transform) ** 2 / count**2
    power[1 : (count + 1) // 2] *= 2
    return power


def _without_plane(field: NDArray) -> NDArray[np.float64]:
    height, width = field.shape
    y, x = np.mgrid[:height, :width]
    basis = np.stack([np.ones(field.size), y.ravel(), x.ravel()], axis=1)
    coefficients, *_ = np.linalg.lstsq(basis, field.ravel(), rcond=None)
    return field - (basis @ coefficients).reshape(height, width)
