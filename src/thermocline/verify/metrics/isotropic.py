"""Isotropic spectra of states on a projected grid: of the largest square of sea, in every state.

The square is the same for all states, so that their spectra can be averaged and divided. Plane,
window and rings are those of `spectra.isotropic_spectrum`.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.verify.metrics.resolution import Box, land_free_boxes
from thermocline.verify.metrics.spectra import isotropic_spectrum

SMALLEST = 8
"""Cells on a side; narrower squares have too few wavenumbers."""


def largest_square(ocean: NDArray[np.bool_]) -> Box:
    """Rows and columns of the largest square without land in a mask [H, W]; the first of several.

    Raises:
        BadData: if it is narrower than 8 cells.
    """
    for size in range(min(ocean.shape), SMALLEST - 1, -1):
        if boxes := land_free_boxes(ocean, size):
            return boxes[0]
    raise BadData(f"no square of {SMALLEST} × {SMALLEST} sea cells", where="isotropic spectra")


def isotropic_spectra(
    states: NDArray, ocean: NDArray[np.bool_], spacing: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Spectrum of every state [..., H, W] in the largest square of sea.

    Args:
        ocean: where there is sea [H, W]; nothing outside the square is read.
        spacing: width of a cell on the map, km.

    Returns:
        wavenumbers [K] in cycles per km, and power [..., K] summed over rings, unit²: white noise
        rises with k, and a 2-D density of k⁻⁴ falls as k⁻³.

    Raises:
        BadData: if the sea is too narrow or a value in the square is missing.
    """
    rows, columns = largest_square(ocean)
    boxes = np.asarray(states, np.float64)[..., rows, columns]
    size = boxes.shape[-1]
    power = np.empty((*boxes.shape[:-2], size // 2))
    for index in np.ndindex(boxes.shape[:-2]):
        power[index] = isotropic_spectrum(boxes[index], spacing, spacing)[1]
    return np.arange(1.0, size // 2 + 1) / (size * spacing), power
