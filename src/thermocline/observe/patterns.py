"""Synthetic observing patterns and problems made from a known truth (twin experiments)."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from thermocline.config import ErrorConfig
from thermocline.errors import BadData
from thermocline.observe.gridding import error_std
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.statistics import Statistics


def case_rng(seed: int, case: str, density: float, protocol: str) -> np.random.Generator:
    """The generator of one scored case: the same in every process and on every machine."""
    text = f"{seed}|{case}|{density!r}|{protocol}"
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return np.random.Generator(np.random.PCG64(key))


def random_columns(
    ocean: NDArray[np.bool_], density: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Observe whole columns: `density` (0…1] of those with any sea, at least one. [C, H, W]."""
    columns = np.flatnonzero(ocean.any(axis=0))
    chosen = np.zeros(ocean.shape[1:], bool)
    chosen.ravel()[rng.choice(columns, _count(density, columns.size), replace=False)] = True
    return chosen[None] & ocean


def random_cells(
    ocean: NDArray[np.bool_], density: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Observe `density` (0…1] of the sea cells of each level, drawn level by level. [C, H, W]."""
    chosen = np.zeros(ocean.shape, bool)
    for level, sea in zip(chosen, ocean, strict=True):
        cells = np.flatnonzero(sea)
        if cells.size:
            level.ravel()[rng.choice(cells, _count(density, cells.size), replace=False)] = True
    return chosen


def make_problem(
    truth_anomaly: NDArray[np.floating],
    observed: NDArray[np.bool_],
    statistics: Statistics,
    errors: ErrorConfig,
    rng: np.random.Generator,
    month: int,
    case: str,
    exact: bool = False,
    ocean: NDArray[np.bool_] | None = None,
) -> AnomalyProblem:
    """Observe a normalised truth [C, H, W] with Gaussian error of the error model's size.

    With `exact` no error is added, though `s_y` still states it. `ocean` replaces the
    statistics' mask where the truth has one of its own. The errors drawn at a cell do not depend
    on which other cells are observed.
    """
    ocean = statistics.ocean if ocean is None else ocean & statistics.ocean
    observed = observed & ocean
    s_y = error_std(errors, statistics.std) / statistics.std
    noise = rng.standard_normal(observed.shape) * (0.0 if exact else s_y)
    return AnomalyProblem(
        y=np.where(observed, truth_anomaly + noise, 0).astype(np.float32),
        s_y=np.where(observed, s_y, 1).astype(np.float32),
        observed=observed,
        ocean=ocean,
        month=month,
        case=case,
    )


def _count(density: float, available: int) -> int:
    if not 0 < density <= 1:
        raise BadData(f"density {density}", where="density", fix="give a fraction in (0, 1]")
    if available == 0:
        raise BadData("there is no sea to observe", where="ocean")
    return max(1, round(density * available))
