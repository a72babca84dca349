"""Predictors from surface fields: the fields at several scales, and products.

All are of normalised anomalies. Predictors of absent fields are 0, and are not used.
"""

from collections.abc import Container, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from thermocline.systems.densify.data.climate import harmonics
from thermocline.systems.densify.data.raw import SURFACE

SCALES = (0, 1, 2, 4, 8)
"""Widths of the Gaussians that fields are smoothed by, in cells."""
MIN_SHARE = 0.1
"""Smallest share of cells with values around a gap to fill it."""
HEIGHT = "zos"


class Predictor(NamedTuple):
    """One predictor: a surface field smoothed over `scale` cells, to a power, times a season."""

    field: str
    scale: int
    power: int = 1
    season: int = 0  # 0: none; 1, 2: cosine and sine of the day of the year


MULTISCALE = (
    *(Predictor(name, scale) for name in SURFACE for scale in SCALES),
    Predictor(HEIGHT, 1, 2),
    *(Predictor(name, 0, season=season) for name in SURFACE for season in (1, 2)),
)
"""Of the ridge regression at several scales."""
LOCAL = tuple(p for p in MULTISCALE if p.scale == 0 or p.power == 2)
"""Of synthetic profiles as ARMOR3D makes them (Guinehut et al., 2012)."""
GRAVEST = (
    *(Predictor(HEIGHT, 1, power) for power in (1, 2, 3)),
    *(Predictor(HEIGHT, 0, season=season) for season in (1, 2)),
)
"""Of gravest empirical modes: polynomials of sea surface height, by season."""
ALL = tuple(dict.fromkeys((*MULTISCALE, *GRAVEST)))


def predictors(
    surface: Mapping[str, NDArray], ocean: NDArray[np.bool_], day: np.datetime64
) -> NDArray[np.float32]:
    """`ALL` [P, H, W] of anomalies by name, each [H, W]; 0 on land and for absent fields."""
    made = np.zeros((len(ALL), *ocean.shape), np.float32)
    seasons, smoothed = harmonics([day])[0], {}
    for row, each in zip(made, ALL, strict=True):
        if each.field not in surface:
            continue
        key = each.field, each.scale
        if key not in smoothed:
            smoothed[key] = _smooth(surface[each.field], ocean, each.scale)
        row[:] = smoothed[key] ** each.power * seasons[each.season] * ocean
    return made


def chosen(kind: tuple[Predictor, ...], given: Container[str]) -> NDArray[np.int64]:
    """Indices in `ALL` of the predictors of a kind whose fields are given."""
    return np.array([ALL.index(p) for p in kind if p.field in given], np.int64)


def filled(field: NDArray, ocean: NDArray[np.bool_]) -> NDArray[np.float32]:
    """An anomaly [H, W] with gaps (NaN) filled, by the narrowest Gaussian that reaches a value.

    Far from all values, and on land, it is 0.
    """
    known, made = ocean & np.isfinite(field), np.where(ocean, field, 0.0)
    gaps, values = ocean & ~known, np.where(known, field, 0.0)
    for scale in SCALES[1:]:
        if not gaps.any():
            break
        share = gaussian_filter(known.astype(np.float64), scale)
        here = gaps & (share > MIN_SHARE)
        made[here] = gaussian_filter(values, scale)[here] / share[here]
        gaps &= ~here
    made[gaps] = 0
    return made.astype(np.float32)


def _smooth(field: NDArray, ocean: NDArray[np.bool_], scale: int) -> NDArray[np.floating]:
    """Smoothed over the sea alone."""
    if not scale:
        return field
    share = gaussian_filter(ocean.astype(np.float32), scale)
    return gaussian_filter(np.where(ocean, field, 0), scale) / np.maximum(share, 1e-3)
