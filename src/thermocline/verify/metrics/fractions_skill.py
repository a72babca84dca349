"""The fractions skill score: at which scale do two fields of yes and no agree?

    FSS(n) = 1 − Σ (f − o)² / Σ (f² + o²)

where f and o are the shares of covered cells in windows of n × n cells round every cell (Roberts
& Lean, 2008, Monthly Weather Review). It rises from the agreement cell by cell (n = 1) to 1 for
wide windows and no bias. A stripe displaced by d cells has max(0, 1 − d/n). Land is left out: a
share is of the sea cells in the window, and what is beyond the border of the grid counts as land.

Of many pairs it is 1 − Σ error / Σ reference, not the mean of their scores, in which a nearly empty
field would count like a full one: the two sums are given apart.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData


def fractions_errors(
    field: NDArray,
    truth: NDArray,
    ocean: NDArray[np.bool_],
    windows: Sequence[int],
    weight: NDArray | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Σ w (f − o)² and Σ w (f² + o²) of every pair of fields, for each of K windows: [..., K].

    Args:
        field: covered or not [..., H, W], or the probability of it.
        truth: the same of the truth; leading axes broadcast.
        ocean: where there is sea [H, W]; what stands on land is not read.
        windows: odd widths, in cells.
        weight: of each cell [H, W], such as its area; all alike by default.

    Raises:
        BadData: for a window that is even or below 1, or values at sea outside 0 … 1.
    """
    fields = [np.where(ocean, np.asarray(a, np.float64), 0.0) for a in (field, truth)]
    if not all(((a >= 0) & (a <= 1)).all() for a in fields):
        raise BadData("values at sea that are missing or outside 0 … 1", where="fractions skill")
    if any(n < 1 or n % 2 == 0 for n in windows):
        raise BadData(f"windows of {list(windows)} cells", where="fractions skill", fix="odd ones")
    weights = np.where(ocean, 1.0 if weight is None else weight, 0.0)
    errors, references = [], []
    for n in windows:
        f, o = (_fractions(a, ocean, n) for a in fields)
        errors.append((weights * (f - o) ** 2).sum(axis=(-2, -1)))
        references.append((weights * (f**2 + o**2)).sum(axis=(-2, -1)))
    return np.stack(errors, axis=-1), np.stack(references, axis=-1)


def _fractions(field: NDArray, ocean: NDArray[np.bool_], n: int) -> NDArray[np.float64]:
    """Share of the window's sea cells that are covered; 0 on land, where it is not used."""
    from scipy.ndimage import uniform_filter

    size = (1,) * (field.ndim - 2) + (n, n)
    covered = uniform_filter(field, size, mode="constant")
    sea = uniform_filter(ocean.astype(np.float64), n, mode="constant")
    return np.where(ocean, covered / np.where(ocean, sea, 1.0), 0.0)
